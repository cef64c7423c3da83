package istio

import (
	"testing"
)

// What stands before the router at the database's own port, in its order.
var inOrder = []string{"envoy.filters.http.jwt_authn", "vectorgate", "vectorgate-credential", "envoy.filters.http.router"}

// How meshes differ at the database's pods.
var modes = map[string]struct {
	values values
	tunnel tunnel
}{
	"strict":            {values{}, plain},
	"permissive":        {values{"strictMtls": false}, plain},
	"strict, HBONE":     {values{}, hbone},
	"permissive, HBONE": {values{"strictMtls": false}, hbone},
}

func TestSidecarGuardsEveryChainToThePort(t *testing.T) {
	for name, p := range map[string]port{
		"http by name":        {name: "http"},
		"http by appProtocol": {name: "api", appProtocol: "http"},
		"http2":               {name: "http2-api"},
		"grpc":                {name: "grpc"},
		"grpc by appProtocol": {name: "api", appProtocol: "grpc"},
	} {
		for mode, m := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				made := generate(t, sidecar(m.tunnel), databaseAs(p), render(t, issuer(m.values)))
				chains := made.chainsTo(8000)
				want := map[string]bool{"virtualInbound": true, "main_internal": bool(m.tunnel)}
				for listener, wanted := range want {
					count := 0
					for _, c := range chains {
						if c.listener == listener {
							count++
						}
					}
					if (count > 0) != wanted {
						t.Errorf("%s has %d chains to the port", listener, count)
					}
				}
				for _, c := range chains {
					if c.http(t) == nil {
						if !c.closed(t) {
							t.Errorf("%s/%s lets plain TCP through to the database", c.listener, c.Name)
						}
						continue
					}
					c.guarded(t, inOrder...)
				}
				if len(made.extensions) != 1 {
					t.Errorf("want the filter by extension discovery once, got %d", len(made.extensions))
				}
			})
		}
	}
}

// A port whose protocol is not said is sniffed: what is not HTTP goes to a chain without the guard, so that chain must be closed.
func TestSidecarClosesWhatItCannotRead(t *testing.T) {
	for name, c := range map[string]struct {
		port       port
		wantPlain  bool
		wantGuards bool
	}{
		"unnamed":             {port{}, true, true},
		"tcp by name":         {port{name: "tcp-db"}, true, false},
		"tcp by appProtocol":  {port{name: "api", appProtocol: "tcp"}, true, false},
		"a name of one's own": {port{name: "rest"}, true, true},
	} {
		for mode, m := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				made := generate(t, sidecar(m.tunnel), databaseAs(c.port), render(t, issuer(m.values)))
				plainChains, guarded := 0, 0
				for _, chain := range made.chainsTo(8000) {
					if chain.http(t) != nil {
						guarded++
						chain.guarded(t, inOrder...)
						continue
					}
					plainChains++
					if !chain.closed(t) {
						t.Errorf("%s/%s lets plain TCP through to the database", chain.listener, chain.Name)
					}
				}
				if (plainChains > 0) != c.wantPlain || (guarded > 0) != c.wantGuards {
					t.Errorf("%d plain chains, %d guarded ones", plainChains, guarded)
				}
			})
		}
	}
}

// A port of the database that no Service declares goes by the chain for everything else.
func TestSidecarGuardsPortsThatNobodyDeclares(t *testing.T) {
	for mode, m := range modes {
		t.Run(mode, func(t *testing.T) {
			kubernetes := []string{
				service("other", "app: chroma", 9000, port{name: "http"}),
				pod("chroma-0", "app: chroma", databaseIP, "chroma"),
				slice("other", "chroma-0", databaseIP, 9000, "http"),
			}
			made := generate(t, sidecar(m.tunnel), kubernetes, render(t, issuer(m.values)))
			seen := 0
			for _, c := range append(made.chainsOf("virtualInbound"), made.chainsOf("main_internal")...) {
				if port := c.GetFilterChainMatch().GetDestinationPort().GetValue(); port != 0 {
					continue
				}
				switch {
				case c.Name == "virtualInbound-blackhole":
				case c.http(t) != nil:
					seen++
					c.guarded(t, inOrder...)
				case !c.closed(t):
					t.Errorf("%s/%s lets plain TCP through to an undeclared port", c.listener, c.Name)
				}
			}
			if seen == 0 {
				t.Error("no chain for undeclared ports was seen: the test looks in the wrong place")
			}
		})
	}
}

// The control: what the manifests leave to be wished for is seen by the same eyes.
func TestWithoutTheManifestsNothingIsGuarded(t *testing.T) {
	made := generate(t, sidecar(hbone), databaseAs(port{name: "http"}), map[string]string{})
	chains := made.chainsTo(8000)
	if len(chains) == 0 {
		t.Fatal("no chain to the port")
	}
	for _, c := range chains {
		for _, place := range c.order(t, "vectorgate", "vectorgate-credential", "envoy.filters.http.jwt_authn") {
			if place >= 0 {
				t.Errorf("%s/%s has a filter of ours", c.listener, c.Name)
			}
		}
	}
}
