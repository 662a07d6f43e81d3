package io.boxlite.internal.vm.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.BoxliteException;
import io.boxlite.internal.vm.machine.ContentName;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.StateSaving;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a template is a saved state of: a machine, and what has run in it. */
public final class TemplateSpec {
  /** Goes up whenever a template is made, or read, in another way. */
  private static final int FORMAT = 1;

  private static final int KEY_BYTES = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final VmKind kind;
  private final List<String> directories;
  private final List<PreparationStep> preparation;
  private final Map<String, String> ingredients;
  private final String key;

  /**
   * Looks at all that the state depends on.
   *
   * @param kind the machine
   * @param directories what it has whether its root image does or not, absolute paths
   * @param preparation what has run in it, in this order
   * @throws BoxliteException when a file that it depends on is missing
   */
  public TemplateSpec(
      VmKind kind, Collection<String> directories, List<PreparationStep> preparation) {
    this.kind = kind;
    this.directories = List.copyOf(directories);
    this.preparation = List.copyOf(preparation);
    ingredients = ingredients(kind, this.directories, this.preparation);
    key = HexFormat.of().formatHex(sha256().digest(bytes(ingredients)), 0, KEY_BYTES);
  }

  /** The machine. */
  public VmKind kind() {
    return kind;
  }

  /** The directories that it has whether its root image does or not, absolute paths. */
  public List<String> directories() {
    return directories;
  }

  /** What has run in it, in this order. */
  public List<PreparationStep> preparation() {
    return preparation;
  }

  /** Names the template: 32 hexadecimal digits, other ones when any ingredient is another. */
  public String key() {
    return key;
  }

  /**
   * All that the saved state depends on: a state that was saved from anything else cannot be
   * restored, or is not what was asked for.
   */
  Map<String, String> ingredients() {
    return ingredients;
  }

  /** Returns the names of the files of the saved state; empty when it cannot be saved. */
  List<String> files() {
    return kind.hypervisor().stateSaving().map(StateSaving::files).orElse(List.of());
  }

  private static Map<String, String> ingredients(
      VmKind kind, List<String> directories, List<PreparationStep> preparation) {
    Map<String, String> all = new TreeMap<>();
    all.put("format", Integer.toString(FORMAT));
    MachineSpec machine = kind.machine();
    all.putAll(kind.hypervisor().fingerprint(machine));
    all.put("rootImage", ContentName.of(machine.rootImage()));
    all.put("cpus", Integer.toString(machine.cpus()));
    all.put("memoryMib", Integer.toString(machine.memoryMib()));
    all.put("diskMib", Integer.toString(machine.diskMib()));
    all.put("addressRandomization", Boolean.toString(machine.addressRandomization()));
    for (int i = 0; i < directories.size(); i++) {
      all.put(String.format("directory%03d", i), directories.get(i));
    }
    for (int i = 0; i < preparation.size(); i++) {
      all.put(String.format("prepare%03d", i), identity(preparation.get(i)));
    }
    return Collections.unmodifiableMap(all);
  }

  private static byte[] bytes(Map<String, String> ingredients) {
    try {
      return JSON.writeValueAsBytes(ingredients);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("text makes JSON", e);
    }
  }

  private static String identity(PreparationStep step) {
    if (step instanceof PreparationStep.Put put) {
      return put.file().digest() + " " + printable(put.file().file().target());
    }
    PreparationStep.Run run = (PreparationStep.Run) step;
    MessageDigest digest = sha256();
    digest.update(run.start().toByteArray());
    digest.update(sha256().digest(run.stdin().toByteArray()));
    return HexFormat.of().formatHex(digest.digest())
        + " "
        + printable(String.join(" ", run.start().getArgvList()));
  }

  private static String printable(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return new String(utf8, 0, Math.min(utf8.length, 200), StandardCharsets.UTF_8);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
