package io.boxlite.internal.vm.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.BoxliteException;
import io.boxlite.Network;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.vm.machine.ContentName;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.StateSaving;
import io.boxlite.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Specifies a template: a machine, and the preparation that has run in it. */
public final class TemplateSpec {
  /** Incremented whenever templates are made or read differently. */
  private static final int FORMAT = 1;

  private static final int KEY_DIGITS = 32;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final VmKind kind;
  private final List<String> directories;
  private final List<PreparationStep> preparation;
  private final Network network;
  private final Map<String, String> ingredients;
  private final String key;

  /** Creates a specification without a network. */
  public TemplateSpec(
      VmKind kind, Collection<String> directories, List<PreparationStep> preparation) {
    this(kind, directories, preparation, Network.none());
  }

  /**
   * Creates a specification from everything that the saved state depends on.
   *
   * @param kind the machine
   * @param directories the directories that are created if the root image lacks them, absolute
   *     paths
   * @param preparation the steps that prepare it, in this order
   * @param network what the steps can reach; the machine must have a network card if they can reach
   *     anything
   * @throws BoxliteException if a file that it depends on is missing
   */
  public TemplateSpec(
      VmKind kind,
      Collection<String> directories,
      List<PreparationStep> preparation,
      Network network) {
    this.kind = kind;
    this.network = network;
    this.directories = List.copyOf(directories);
    this.preparation = List.copyOf(preparation);
    ingredients = ingredients(kind, this.directories, this.preparation, network);
    key = Sha256.hex(bytes(ingredients)).substring(0, KEY_DIGITS);
  }

  /** Returns the machine. */
  public VmKind kind() {
    return kind;
  }

  /** Returns the directories that are created if the root image lacks them, absolute paths. */
  public List<String> directories() {
    return directories;
  }

  /** Returns the steps that prepare it, in this order. */
  public List<PreparationStep> preparation() {
    return preparation;
  }

  /** Returns what the steps can reach. */
  public Network network() {
    return network;
  }

  /** Returns the key of the template, a hash of its ingredients: 32 hexadecimal digits. */
  public String key() {
    return key;
  }

  /**
   * Returns everything that the saved state depends on. A state with other ingredients cannot be
   * restored, or is not the requested one.
   */
  Map<String, String> ingredients() {
    return ingredients;
  }

  /** Returns the names of the files of the saved state; empty if the hypervisor cannot save any. */
  List<String> files() {
    return kind.hypervisor().stateSaving().map(StateSaving::files).orElse(List.of());
  }

  private static Map<String, String> ingredients(
      VmKind kind, List<String> directories, List<PreparationStep> preparation, Network network) {
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
    if (machine.networkCard()) {
      all.put("network", preparation.isEmpty() ? "any" : network.toString());
    }
    return Collections.unmodifiableMap(all);
  }

  private static byte[] bytes(Map<String, String> ingredients) {
    try {
      return JSON.writeValueAsBytes(ingredients);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings cannot be written as JSON", e);
    }
  }

  private static String identity(PreparationStep step) {
    if (step instanceof PreparationStep.Put put) {
      return put.file().digest() + " " + printable(put.file().file().target());
    }
    if (step instanceof PreparationStep.Serve serve) {
      return identity(serve);
    }
    PreparationStep.Run run = (PreparationStep.Run) step;
    MessageDigest digest = Sha256.start();
    digest.update(run.start().toByteArray());
    digest.update(Sha256.start().digest(run.stdin().toByteArray()));
    return Sha256.hex(digest) + " " + printable(String.join(" ", run.start().getArgvList()));
  }

  /** How long to wait does not change the result. */
  private static String identity(PreparationStep.Serve serve) {
    MessageDigest digest = Sha256.start();
    serve.main().ifPresent(main -> digest.update(Sha256.start().digest(main.toByteArray())));
    for (PreparationStep.Check check : serve.checks()) {
      byte[] of =
          check
              .exec()
              .map(ExecStart::toByteArray)
              .orElseGet(() -> check.condition().toString().getBytes(StandardCharsets.UTF_8));
      digest.update(Sha256.start().digest(of));
    }
    String main = serve.main().map(start -> String.join(" ", start.getArgvList())).orElse("");
    return Sha256.hex(digest) + " " + printable("serve " + main);
  }

  private static String printable(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return new String(utf8, 0, Math.min(utf8.length, 200), StandardCharsets.UTF_8);
  }
}
