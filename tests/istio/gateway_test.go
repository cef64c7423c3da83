package istio

import (
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstream "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"

	"istio.io/istio/pilot/pkg/model"
)

func gatewayProxy() *model.Proxy {
	return &model.Proxy{
		Type:        model.Router,
		ID:          "vectorgate-gateway-0.vectordb",
		IPAddresses: []string{gatewayIP},
		Labels:      map[string]string{"app": "vectorgate-gateway"},
		Metadata:    &model.NodeMetadata{ServiceAccount: "vectorgate-gateway"},
	}
}

func gatewayPods() []string {
	return []string{
		pod("vectorgate-gateway-0", "app: vectorgate-gateway", gatewayIP, "vectorgate-gateway"),
		slice("vectorgate-gateway", "vectorgate-gateway-0", gatewayIP, 8000, "http"),
	}
}

func (c configuration) cluster(t testing.TB, name string) *cluster.Cluster {
	t.Helper()
	for _, found := range c.clusters {
		if found.Name == name {
			return found
		}
	}
	t.Fatalf("no cluster %s", name)
	return nil
}

// upstreamFilters are the HTTP filters on a cluster, in their order.
func upstreamFilters(t testing.TB, c *cluster.Cluster) []string {
	t.Helper()
	options := &upstream.HttpProtocolOptions{}
	packed := c.TypedExtensionProtocolOptions["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]
	if packed == nil {
		return nil
	}
	if err := packed.UnmarshalTo(options); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range options.HttpFilters {
		names = append(names, f.Name)
	}
	return names
}

func same(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestGatewayGuardsEveryListener(t *testing.T) {
	made := generate(t, gatewayProxy(), gatewayPods(), render(t, issuer(values{"shape": "gateway"})))
	chains := 0
	for _, l := range made.listeners {
		for _, fc := range l.FilterChains {
			c := chain{l.Name, fc}
			if c.http(t) == nil {
				t.Errorf("%s speaks plain TCP", c.listener)
				continue
			}
			chains++
			c.guarded(t, inOrder...)
		}
	}
	if chains == 0 {
		t.Error("no listener")
	}
}

func TestGatewayVerifiesTheDatabase(t *testing.T) {
	made := generate(t, gatewayProxy(), gatewayPods(), render(t, issuer(values{"shape": "gateway"})))
	c := made.cluster(t, "outbound|443||chroma.example.com")
	context := &tls.UpstreamTlsContext{}
	if err := c.GetTransportSocket().GetTypedConfig().UnmarshalTo(context); err != nil {
		t.Fatal(err)
	}
	if context.Sni != "chroma.example.com" {
		t.Errorf("sni: %q", context.Sni)
	}
	names := context.GetCommonTlsContext().GetCombinedValidationContext().GetDefaultValidationContext().GetMatchSubjectAltNames()
	if len(names) != 1 || names[0].GetExact() != "chroma.example.com" {
		t.Errorf("the certificate's name is not checked: %v", names)
	}
	if context.GetCommonTlsContext().GetCombinedValidationContext().GetValidationContextSdsSecretConfig() == nil {
		t.Error("nothing says who may have signed the certificate")
	}
}

// The filter's own calls skip the listener's filters: the key and the secret have to be on the clusters.
func TestCalloutsCarryTheCredentials(t *testing.T) {
	console := "outbound|8400||vectorgate-console.vectordb.svc.cluster.local"
	sidecarMade := generate(t, sidecar(plain), databaseAs(port{name: "http"}), render(t, issuer(values{})))
	gatewayMade := generate(t, gatewayProxy(), gatewayPods(), render(t, issuer(values{"shape": "gateway"})))
	for name, c := range map[string]struct {
		cluster *cluster.Cluster
		want    []string
	}{
		"sidecar, database": {sidecarMade.cluster(t, "vectorgate-database"), []string{"database-key", "envoy.filters.http.upstream_codec"}},
		"sidecar, console":  {sidecarMade.cluster(t, console), []string{"console-secret", "envoy.filters.http.upstream_codec"}},
		"gateway, database": {gatewayMade.cluster(t, "outbound|443||chroma.example.com"), []string{"database-key", "envoy.filters.http.upstream_codec"}},
		"gateway, console":  {gatewayMade.cluster(t, console), []string{"console-secret", "envoy.filters.http.upstream_codec"}},
	} {
		if got := upstreamFilters(t, c.cluster); !same(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
