/* OpenSSL 3, with functions in place of the macros that Swift does not see. */
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* TLS 1.2 or newer, and no second handshake on a connection: TLS 1.3 has none, and in TLS 1.2 nobody needs one. */
static inline int pssl_restrict(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/* The name that a client asks for (SNI). 1 when it can be one. */
static inline int pssl_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

#endif
