/**
 * Writes EROFS images: uncompressed, in one pass, for Linux 5.16 and later.
 *
 * <p>The format is specified by the kernel's {@code fs/erofs/erofs_fs.h} and {@code
 * Documentation/filesystems/erofs.rst}, version 6.1. Data and metadata share one address space that
 * starts with the image ({@code meta_blkaddr} is 0). A file's inode can therefore be written as
 * soon as the file is read; only directories are written at the end:
 *
 * <pre>
 *   block 0     superblock at 1024
 *   block 1     inode of the root directory
 *   then        data blocks and metadata blocks in the order of the layers
 *   finally     directories, shared extended attributes
 * </pre>
 */
@NullMarked
package io.boxlite.internal.image.erofs;

import org.jspecify.annotations.NullMarked;
