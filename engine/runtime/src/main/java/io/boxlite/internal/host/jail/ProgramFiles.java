package io.boxlite.internal.host.jail;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ProgramOutput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files that a program needs to run: itself, and the directories of its dynamic loader and
 * shared libraries.
 *
 * @param binds the files and directories, at the paths that they have on the host
 * @param links the symbolic links of the root directory that lead to them, such as {@code /lib}
 */
public record ProgramFiles(List<Bind> binds, Map<Path, Path> links) {
  private static final Path LOADER = Path.of("/lib64/ld-linux-x86-64.so.2");
  private static final Path LOADER_CACHE = Path.of("/etc/ld.so.cache");

  /** A line of the loader's {@code --list}: a library and where it is found. */
  private static final Pattern LIBRARY = Pattern.compile("(?:=> |^\\s*)(/\\S+) \\(0x");

  /** What an interpreter of scripts may need. */
  private static final List<Path> SYSTEM =
      List.of(Path.of("/usr"), Path.of("/bin"), Path.of("/lib"), Path.of("/lib64"));

  /**
   * Finds the files of a program.
   *
   * @param program its real path
   * @param data further directories that it reads
   * @throws BoxliteException when its libraries cannot be listed
   */
  public static ProgramFiles of(Path program, List<Path> data) {
    Set<Path> directories = new TreeSet<>();
    if (isScript(program)) {
      directories.addAll(SYSTEM);
    } else if (Files.exists(LOADER)) {
      addLibraries(program, directories);
    }
    directories.addAll(data);
    Map<Path, Path> links = new LinkedHashMap<>();
    Set<Path> real = new TreeSet<>();
    for (Path directory : directories) {
      addReal(directory, real, links);
    }
    List<Bind> binds = new ArrayList<>();
    real.stream().filter(each -> !hasParent(each, real)).map(Bind::readOnly).forEach(binds::add);
    if (real.stream().noneMatch(program::startsWith)) {
      binds.add(Bind.readOnly(program));
    }
    if (Files.exists(LOADER_CACHE)) {
      binds.add(Bind.readOnly(LOADER_CACHE));
    }
    return new ProgramFiles(binds, links);
  }

  private static boolean isScript(Path program) {
    try (InputStream in = Files.newInputStream(program)) {
      return in.read() == '#' && in.read() == '!';
    } catch (IOException e) {
      throw new BoxliteException("cannot read " + program + ": " + e, e);
    }
  }

  /** Adds the directories of the libraries; none for a program that is linked statically. */
  private static void addLibraries(Path program, Set<Path> directories) {
    String list;
    try {
      list = ProgramOutput.of(List.of(LOADER.toString(), "--list", program.toString()));
    } catch (BoxliteException e) {
      if (e.getCause() != null) {
        throw e; // the loader could not run to its end
      }
      return; // not a dynamic program
    }
    Matcher library = LIBRARY.matcher(list);
    while (library.find()) {
      Path found = Path.of(library.group(1)).normalize();
      directories.add(found.resolveSibling(""));
      directories.add(realPath(found).resolveSibling(""));
    }
    if (!directories.isEmpty()) {
      directories.add(LOADER.resolveSibling(""));
    }
  }

  /** Adds a directory without its symbolic links, and the link in the root that leads to it. */
  private static void addReal(Path directory, Set<Path> real, Map<Path, Path> links) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    real.add(realPath(directory));
    Path top = Path.of("/").resolve(directory.getName(0));
    if (Files.isSymbolicLink(top)) {
      try {
        links.put(top, Files.readSymbolicLink(top));
      } catch (IOException e) {
        throw new BoxliteException("cannot read the link " + top + ": " + e, e);
      }
    }
  }

  private static boolean hasParent(Path directory, Set<Path> all) {
    return all.stream().anyMatch(each -> !each.equals(directory) && directory.startsWith(each));
  }

  private static Path realPath(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw new BoxliteException("cannot find " + path + ": " + e, e);
    }
  }
}
