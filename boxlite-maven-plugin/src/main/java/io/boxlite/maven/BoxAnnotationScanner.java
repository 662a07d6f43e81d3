package io.boxlite.maven;

import io.boxlite.BoxOption;
import io.boxlite.BoxOptions;
import io.boxlite.OptionContext;
import io.boxlite.option.BoxAttributes;
import io.boxlite.option.PrepareMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Finds {@code @Box} in compiled classes, also as a meta-annotation: attributes of the annotation
 * that carries it override its attributes of the same name. Class files are read and not loaded, so
 * none of the user's code runs.
 */
final class BoxAnnotationScanner implements AutoCloseable {
  private static final String BOX = "Lio/boxlite/junit/Box;";

  /** Annotations of the JDK and of JUnit, which never carry @Box. */
  private static final List<String> CARRY_NONE = List.of("Ljava/", "Ljdk/", "Lorg/junit/");

  private static final int READ = // signatures and annotations only
      ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES;

  private final Supplier<List<Path>> classPath;
  private final Consumer<String> warnings;
  private @Nullable TestClassLoader loader;
  private final Map<String, List<Map<String, Object>>> carried = new HashMap<>();
  private final Set<String> unknown = new TreeSet<>();

  /**
   * A {@code @Box} in a class.
   *
   * @param where the name of the class whose field or parameter has the annotation
   * @param values its attributes by name; an enum constant is represented by its name
   */
  record Declaration(String where, Map<String, Object> values) {
    /**
     * Returns the options, without the commands of a {@link #prepareMethod()}.
     *
     * @throws InvalidConfigurationException when an attribute has an invalid value
     */
    BoxOptions options(OptionContext context) {
      try {
        return attributes().options(context);
      } catch (IllegalArgumentException e) {
        throw problem(e);
      }
    }

    /** Returns the declaration without files, which a later phase of the build may produce. */
    Declaration withoutFiles() {
      Map<String, Object> others = new HashMap<>(values);
      others.remove(BoxOption.FILES.name());
      return new Declaration(where, others);
    }

    Optional<PrepareMethod> prepareMethod() {
      return attributes().prepareMethod();
    }

    /**
     * Calls the method that prepares the box, and returns the options with its commands.
     *
     * @throws InvalidConfigurationException when there is no such method, or it fails
     */
    BoxOptions prepared(PrepareMethod method, BoxOptions options, ClassLoader loader) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(loader);
      try {
        return method.addTo(options, loader);
      } catch (IllegalArgumentException e) {
        throw problem(e);
      } finally {
        thread.setContextClassLoader(before);
      }
    }

    private InvalidConfigurationException problem(IllegalArgumentException e) {
      return new InvalidConfigurationException("@Box in " + where + ": " + e.getMessage(), e);
    }

    private BoxAttributes attributes() {
      return BoxAttributes.of(values, where);
    }
  }

  /**
   * Creates a scanner.
   *
   * @param classPath where the user's annotations are looked up; resolved when the first one is met
   * @param warnings receives a message for each class that cannot be read
   */
  BoxAnnotationScanner(Supplier<List<Path>> classPath, Consumer<String> warnings) {
    this.classPath = classPath;
    this.warnings = warnings;
  }

  /** Returns the declarations in the class files of a directory, in the order of their paths. */
  List<Declaration> scan(Path directory) throws IOException {
    List<Declaration> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file :
            files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
          read(
              Files.readAllBytes(file),
              file.toString(),
              name -> new Members(values -> found.add(new Declaration(name, values))));
        }
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    if (loader != null) {
      loader.close();
    }
  }

  private void read(byte[] bytes, String file, Function<String, ClassVisitor> visitor) {
    try {
      ClassReader reader = new ClassReader(bytes);
      reader.accept(visitor.apply(reader.getClassName().replace('/', '.')), READ);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      warnings.accept(
          "cannot scan " + file + " for @Box: " + e.getMessage() + "; its images are not pulled");
    }
  }

  /** Returns each @Box that an annotation type carries, directly or through other annotations. */
  private List<Map<String, Object>> carriedBy(String descriptor) {
    List<Map<String, Object>> known = carried.get(descriptor);
    if (known != null) {
      return known;
    }
    carried.put(descriptor, List.of()); // set early, because annotations can carry each other
    if (CARRY_NONE.stream().anyMatch(descriptor::startsWith)) {
      return List.of();
    }
    AnnotationType type = new AnnotationType();
    String file = descriptor.substring(1, descriptor.length() - 1) + ".class";
    try (@Nullable InputStream in = loader().getResourceAsStream(file)) {
      if (in != null) {
        read(in.readAllBytes(), file, name -> type);
      } else {
        unknown.add(file.substring(0, file.length() - ".class".length()).replace('/', '.'));
      }
    } catch (IOException e) {
      warnings.accept("cannot scan " + file + " for @Box: " + e.getMessage());
    }
    List<Map<String, Object>> found = type.boxes();
    carried.put(descriptor, found);
    return found;
  }

  /** Returns the class loader of the class path. */
  TestClassLoader loader() throws IOException {
    TestClassLoader open = loader;
    if (open == null) {
      open = TestClassLoader.of(classPath.get());
      loader = open;
    }
    return open;
  }

  /** Returns the annotations that classes use and that are not on the class path. */
  Set<String> unknown() {
    return Set.copyOf(unknown);
  }

  /** Reads an annotation, and passes on each @Box that it is or carries. */
  private AnnotationVisitor annotation(String descriptor, Consumer<Map<String, Object>> found) {
    return new Values(
        values -> {
          if (descriptor.equals(BOX)) {
            found.accept(values);
          } else {
            carriedBy(descriptor).forEach(box -> found.accept(merge(box, values)));
          }
        });
  }

  private static Map<String, Object> merge(
      Map<String, Object> base, Map<String, Object> overrides) {
    Map<String, Object> merged = new HashMap<>(base);
    merged.putAll(overrides);
    return merged;
  }

  /** Collects the attributes of an annotation. */
  private static final class Values extends AnnotationVisitor {
    private final Map<String, Object> values = new HashMap<>();
    private final Consumer<Map<String, Object>> whenDone;

    Values(Consumer<Map<String, Object>> whenDone) {
      super(Opcodes.ASM9);
      this.whenDone = whenDone;
    }

    @Override
    public void visit(@Nullable String attribute, Object value) {
      values.put(String.valueOf(attribute), value); // the name of a default value is null
    }

    @Override
    public void visitEnum(@Nullable String attribute, String type, String constant) {
      values.put(String.valueOf(attribute), constant);
    }

    @Override
    public AnnotationVisitor visitArray(@Nullable String attribute) {
      return new Elements(elements -> values.put(String.valueOf(attribute), elements));
    }

    @Override
    public void visitEnd() {
      whenDone.accept(values);
    }
  }

  /** Collects the elements of an array. */
  private static final class Elements extends AnnotationVisitor {
    private final List<Object> elements = new ArrayList<>();
    private final Consumer<List<Object>> whenDone;

    Elements(Consumer<List<Object>> whenDone) {
      super(Opcodes.ASM9);
      this.whenDone = whenDone;
    }

    @Override
    public void visit(@Nullable String name, Object value) {
      elements.add(value);
    }

    @Override
    public void visitEnum(@Nullable String name, String type, String constant) {
      elements.add(constant);
    }

    @Override
    public void visitEnd() {
      whenDone.accept(elements);
    }
  }

  /** Collects each @Box of a class's fields and parameters. */
  private final class Members extends ClassVisitor {
    private final Consumer<Map<String, Object>> found;

    Members(Consumer<Map<String, Object>> found) {
      super(Opcodes.ASM9);
      this.found = found;
    }

    @Override
    public FieldVisitor visitField(
        int access, String field, String type, @Nullable String signature, @Nullable Object value) {
      return new FieldVisitor(Opcodes.ASM9) {
        @Override
        public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
          return annotation(descriptor, found);
        }
      };
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String method, String type, @Nullable String signature, String[] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public AnnotationVisitor visitParameterAnnotation(
            int parameter, String descriptor, boolean visible) {
          return annotation(descriptor, found);
        }
      };
    }
  }

  /** Collects each @Box that an annotation type carries, and the defaults of its attributes. */
  private final class AnnotationType extends ClassVisitor {
    private final List<Map<String, Object>> carried = new ArrayList<>();
    private final Map<String, Object> defaults = new HashMap<>();

    AnnotationType() {
      super(Opcodes.ASM9);
    }

    List<Map<String, Object>> boxes() {
      return carried.stream().map(box -> merge(box, defaults)).toList();
    }

    @Override
    public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
      return annotation(descriptor, carried::add);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String attribute,
        String type,
        @Nullable String signature,
        String[] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public AnnotationVisitor visitAnnotationDefault() {
          return new Values(
              values -> values.values().forEach(value -> defaults.put(attribute, value)));
        }
      };
    }
  }
}
