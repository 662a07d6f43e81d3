package io.boxlite.internal.network.secret;

import javax.net.ssl.SSLContext;

/**
 * A certificate of a server, for tests with a real one.
 *
 * @param authority the certificate of its authority, in PEM
 * @param context what the server has
 */
public record ServerCertificate(String authority, SSLContext context) {
  public static ServerCertificate make(String host) {
    BoxAuthority authority = new BoxAuthority();
    return new ServerCertificate(BoxSecrets.pem(authority.certificate()), authority.server(host));
  }
}
