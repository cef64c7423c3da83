package istio

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"istio.io/istio/pkg/config/crd"
)

// moduleDir is where a Go module's files are: Istio and the Gateway API keep their CRDs there.
func moduleDir(t testing.TB, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func schemas(t testing.TB) *crd.Validator {
	t.Helper()
	files := []string{filepath.Join(moduleDir(t, "istio.io/istio"), "manifests/charts/base/files/crd-all.gen.yaml")}
	gateways, err := filepath.Glob(filepath.Join(moduleDir(t, "sigs.k8s.io/gateway-api"), "config/crd/standard/gateway.networking.k8s.io_gateways.yaml"))
	if err != nil || len(gateways) != 1 {
		t.Fatalf("the Gateway API's CRD: %v, %v", gateways, err)
	}
	validator, err := crd.NewValidatorFromFilesWithOptions(append(files, gateways...), crd.WithoutCRDValidation())
	if err != nil {
		t.Fatal(err)
	}
	return validator
}

// Every custom resource fits its CRD, with no field that the CRD does not know. (Values inside EnvoyFilter are free-form there: Envoy itself checks those,
// in the end-to-end tests.)
func TestManifestsFitTheirSchemas(t *testing.T) {
	validator := schemas(t)
	checked := map[string]int{}
	for name, v := range map[string]values{
		"sidecar":            {},
		"sidecar, oci":       {"module": map[string]any{"delivery": "oci"}},
		"sidecar, mtls":      {"identity": map[string]any{"kind": "mtls"}},
		"sidecar, two ports": {"database": map[string]any{"ports": []any{6333, 6334}}},
		"gateway":            {"shape": "gateway"},
		"waypoint":           atWaypoint(values{}),
		"TrafficExtension":   atWaypoint(values{"istio": map[string]any{"version": "1.30"}, "waypoint": map[string]any{"resource": "TrafficExtension"}}),
	} {
		for _, o := range objects(t, texts(render(t, v))...) {
			if !strings.Contains(o["apiVersion"].(string), "istio.io") && !strings.Contains(o["apiVersion"].(string), "gateway.networking") {
				continue
			}
			checked[o["kind"].(string)]++
			if err := validator.ValidateCustomResourceYAML(asYAML(t, o), nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, kind := range []string{"EnvoyFilter", "RequestAuthentication", "AuthorizationPolicy", "PeerAuthentication", "Gateway", "ServiceEntry", "VirtualService", "DestinationRule", "WasmPlugin", "TrafficExtension"} {
		if checked[kind] == 0 {
			t.Errorf("no %s was checked", kind)
		}
	}
}

// The control: the mistake that leaves a patch out without a word is one that the schemas see.
func TestSchemasSeeAMisspelling(t *testing.T) {
	text := strings.Replace(render(t, values{})["envoyfilter.yaml"], "subFilter:", "subfilter:", 1)
	if err := schemas(t).ValidateCustomResourceYAML(text, nil); err == nil || !strings.Contains(err.Error(), "subfilter") {
		t.Fatalf("want `subfilter` refused, got: %v", err)
	}
}
