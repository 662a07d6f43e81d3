package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Compression;
import io.boxlite.internal.image.layer.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A range of bytes in a file.
 *
 * @param compressed whether the offset refers to the decompressed file, which is decompressed from
 *     its start for each read
 */
record FileRegion(Path file, boolean compressed, long offset, long size) implements Layer.Blob {
  @Override
  public InputStream open() throws IOException {
    return compressed ? decompressed() : direct();
  }

  private InputStream decompressed() throws IOException {
    InputStream in = Compression.decompress(Files.newInputStream(file));
    try {
      in.skipNBytes(offset);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
    return new Region() {
      @Override
      int read(byte[] to, int start, int count, long from) throws IOException {
        return in.read(to, start, count);
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  private InputStream direct() throws IOException {
    FileChannel channel = FileChannel.open(file);
    return new Region() {
      @Override
      int read(byte[] to, int start, int count, long from) throws IOException {
        return channel.read(ByteBuffer.wrap(to, start, count), offset + from);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  private abstract class Region extends InputStream {
    private long position;

    abstract int read(byte[] to, int start, int count, long from) throws IOException;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int start, int length) throws IOException {
      if (position >= size) {
        return -1;
      }
      int got = read(to, start, (int) Math.min(length, size - position), position);
      position += Math.max(got, 0);
      return got;
    }
  }
}
