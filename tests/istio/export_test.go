package istio

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	// The types that configurations may hold, so that they can be written as JSON.
	"istio.io/istio/pilot/pkg/model"
	_ "istio.io/istio/pkg/config/xds"
)

// TestExport writes what istiod would send into the directory VECTORGATE_ISTIO_OUT, one file a case, for a real Envoy to load (tests/e2e/istio).
func TestExport(t *testing.T) {
	directory := os.Getenv("VECTORGATE_ISTIO_OUT")
	if directory == "" {
		t.Skip("VECTORGATE_ISTIO_OUT names no directory")
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	http, grpc := databaseAs(port{name: "http"}), databaseAs(port{name: "grpc"})
	mtls := values{"identity": map[string]any{"kind": "mtls"}}
	for name, c := range map[string]struct {
		proxy      *model.Proxy
		kubernetes []string
		values     values
	}{
		"sidecar-strict":              {sidecar(plain), http, issuer(values{})},
		"sidecar-permissive":          {sidecar(plain), http, issuer(values{"strictMtls": false})},
		"sidecar-hbone":               {sidecar(hbone), http, issuer(values{})},
		"sidecar-grpc":                {sidecar(plain), grpc, issuer(values{})},
		"sidecar-unnamed":             {sidecar(plain), databaseAs(port{}), issuer(values{"strictMtls": false})},
		"sidecar-tcp":                 {sidecar(plain), databaseAs(port{name: "tcp"}), issuer(values{"strictMtls": false})},
		"sidecar-peer-identity":       {sidecar(plain), http, mtls},
		"sidecar-hbone-peer-identity": {sidecar(hbone), http, mtls},
		"gateway": {gatewayProxy(), gatewayPods(), issuer(values{
			"shape": "gateway",
			// The name on the certificate of the tests' database.
			"database": map[string]any{"host": "database.internal"},
		})},
	} {
		made := generate(t, c.proxy, c.kubernetes, render(t, c.values))
		file := map[string][]json.RawMessage{
			"listeners":  written(t, made.listeners),
			"clusters":   written(t, made.clusters),
			"routes":     written(t, made.routes),
			"extensions": written(t, made.extensions),
		}
		text, err := json.MarshalIndent(file, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, name+".json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func written[M proto.Message](t *testing.T, messages []M) []json.RawMessage {
	t.Helper()
	out := make([]json.RawMessage, 0, len(messages))
	for _, message := range messages {
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}
