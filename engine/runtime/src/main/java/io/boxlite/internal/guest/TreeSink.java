package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.FileEntry;
import io.grpc.StatusException;

/** Receives files: an entry, then its data or its own entries. */
interface TreeSink {
  void entry(FileEntry.Builder entry) throws StatusException, InterruptedException;

  void data(ByteString data) throws StatusException, InterruptedException;

  void directoryEnd() throws StatusException, InterruptedException;
}
