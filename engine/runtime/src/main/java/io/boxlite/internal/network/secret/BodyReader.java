package io.boxlite.internal.network.secret;

import com.google.protobuf.ByteString;

/** Finds the end of the body of a message. What it has read is passed on as it is. */
abstract class BodyReader {
  /** Reads data up to the end of the body, and returns how many bytes that were. */
  abstract long read(ByteString data) throws HttpViolation;

  abstract boolean isComplete();

  /** Returns whether the body ends with the connection. */
  boolean isUntilEnd() {
    return false;
  }

  /** A body of a certain length, also none. */
  static BodyReader ofLength(long length) {
    return new BodyReader() {
      private long left = length;

      @Override
      long read(ByteString data) {
        long read = Math.min(left, data.size());
        left -= read;
        return read;
      }

      @Override
      boolean isComplete() {
        return left == 0;
      }
    };
  }

  /** A body that the end of the connection ends. */
  static BodyReader untilEnd() {
    return new BodyReader() {
      @Override
      long read(ByteString data) {
        return data.size();
      }

      @Override
      boolean isComplete() {
        return false;
      }

      @Override
      boolean isUntilEnd() {
        return true;
      }
    };
  }
}
