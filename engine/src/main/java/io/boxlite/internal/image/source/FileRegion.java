package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A run of bytes in a file. */
record FileRegion(Path file, long offset, long size) implements Layer.Blob {
  @Override
  public InputStream open() throws IOException {
    FileChannel channel = FileChannel.open(file);
    return new InputStream() {
      private long position = offset;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] to, int start, int length) throws IOException {
        long left = offset + size - position;
        if (left <= 0) {
          return -1;
        }
        int count = (int) Math.min(length, left);
        int got = channel.read(ByteBuffer.wrap(to, start, count), position);
        position += Math.max(got, 0);
        return got;
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
