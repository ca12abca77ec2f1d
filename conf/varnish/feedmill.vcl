vcl 4.1;

# feedmill behind Varnish. Change the lines that end in "SET". feedmill listens on a Unix
# socket then, which Varnish's user has to be let into:
#
#   server:
#     listen: ["unix:/run/feedmill/feedmill.sock"]
#
# feedmill believes what comes over that socket ("unix" is in its trusted_proxies), so
# everything that a client may have forged is overwritten or removed here. In Vary feedmill
# names the fields that its answers depend on; since vcl_recv makes them alike for all
# clients, they do not multiply the copies.

backend feedmill {
    .path = "/run/feedmill/feedmill.sock";  # SET
    .first_byte_timeout = 60s;              # longer than fetch.timeout
}

sub vcl_recv {
    unset req.http.Forwarded;
    unset req.http.X-Forwarded-Port;
    unset req.http.X-Forwarded-Prefix;
    set req.http.X-Forwarded-Host = req.http.Host;
    set req.http.X-Forwarded-Proto = "http";  # SET: "https" where TLS ends in front of Varnish
    set req.http.X-Forwarded-For = client.ip;

    # Counters are for the machine itself only.
    if (req.url ~ "^/metrics" && client.ip !~ local) {
        return (synth(403));
    }
}

acl local {
    "127.0.0.0"/8;
    "::1";
}

sub vcl_backend_response {
    # How long a copy is fresh, feedmill says in Cache-Control. Old copies are given while
    # it is restarted.
    set beresp.grace = 7d;
}
