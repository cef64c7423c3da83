package istio

import (
	"archive/tar"
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	guard "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	vm "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"google.golang.org/protobuf/types/known/anypb"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/util/sets"
	"istio.io/istio/pkg/wasm"
)

// module stands for the one that is shipped: what the agent looks at are its first bytes.
var module = append([]byte{0, 'a', 's', 'm', 1, 0, 0, 0}, bytes.Repeat([]byte("vectorgate"), 1000)...)

// moduleImage is the image that envoy/images/module.Dockerfile describes: from nothing, one layer, one file.
func moduleImage(t *testing.T, manifest, layerType types.MediaType) v1.Image {
	t.Helper()
	dockerfile, err := os.ReadFile("../../envoy/images/module.Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, copied, found := strings.Cut(string(dockerfile), "COPY dist/vectorgate.wasm /")
	if !found || !strings.Contains(string(dockerfile), "FROM scratch\n") {
		t.Fatalf("want nothing but the module in %s", dockerfile)
	}
	var layer bytes.Buffer
	files := tar.NewWriter(&layer)
	head := tar.Header{Name: strings.TrimSpace(copied), Mode: 0o644, Size: int64(len(module))}
	if err := files.WriteHeader(&head); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(module); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil }
	made, err := tarball.LayerFromOpener(open, tarball.WithMediaType(layerType))
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, manifest), made)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// pulled are the extensions of a proxy as its agent hands them to Envoy, the module pulled from the registry.
func pulled(t *testing.T, made configuration, registryHost, directory string) []*core.TypedExtensionConfig {
	t.Helper()
	var resources []*anypb.Any
	for _, extension := range made.extensions {
		resource, err := anypb.New(extension)
		if err != nil {
			t.Fatal(err)
		}
		resources = append(resources, resource)
	}
	cache := wasm.NewLocalFileCache(directory, wasm.Options{InsecureRegistries: sets.New(registryHost)})
	defer cache.Cleanup()
	if err := wasm.MaybeConvertWasmExtensionConfig(resources, cache); err != nil {
		t.Fatal(err)
	}
	var out []*core.TypedExtensionConfig
	for _, resource := range resources {
		extension := &core.TypedExtensionConfig{}
		if err := resource.UnmarshalTo(extension); err != nil {
			t.Fatal(err)
		}
		out = append(out, extension)
	}
	return out
}

func TestAgentPullsTheImageAndDeniesWithoutIt(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	for kind, media := range map[string][2]types.MediaType{
		"docker": {types.DockerManifestSchema2, types.DockerLayer},
		"oci":    {types.OCIManifestSchema1, types.OCILayer},
	} {
		image := moduleImage(t, media[0], media[1])
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		at := host + "/vectorgate@" + digest.String()
		reference, err := name.ParseReference(at, name.Insecure)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(reference, image); err != nil {
			t.Fatal(err)
		}
		missing := host + "/vectorgate@sha256:" + strings.Repeat("0", 64)

		for shape, c := range map[string]struct {
			proxy      *model.Proxy
			kubernetes func(manifests map[string]string) ([]string, map[string]string)
			values     values
		}{
			"sidecar": {sidecar(plain), func(m map[string]string) ([]string, map[string]string) { return databaseAs(port{name: "http"}), m }, issuer(values{})},
			"gateway": {gatewayProxy(), func(m map[string]string) ([]string, map[string]string) { return gatewayPods(), m }, issuer(values{
				"shape": "gateway", "database": map[string]any{"host": "database.internal"},
			})},
			"waypoint": {waypointProxy(), func(m map[string]string) ([]string, map[string]string) { return withWaypoint(t, m) }, issuer(atWaypoint(values{}))},
		} {
			from := func(t *testing.T, image string) []*core.TypedExtensionConfig {
				t.Helper()
				delivered := values{"module": map[string]any{"delivery": "oci", "image": "oci://" + image}}
				kubernetes, manifests := c.kubernetes(render(t, merged(c.values, delivered)))
				extensions := pulled(t, generate(t, c.proxy, kubernetes, manifests), host, t.TempDir())
				if len(extensions) != 1 {
					t.Fatalf("want the guard alone, got %v", extensions)
				}
				return extensions
			}
			t.Run(kind+", "+shape, func(t *testing.T) {
				for _, extension := range from(t, at) {
					filter := &guard.Wasm{}
					if err := extension.GetTypedConfig().UnmarshalTo(filter); err != nil {
						t.Fatal(err)
					}
					config := filter.GetConfig()
					file := config.GetVmConfig().GetCode().GetLocal().GetFilename()
					if got, err := os.ReadFile(filepath.Clean(file)); err != nil || !bytes.Equal(got, module) {
						t.Errorf("Envoy is told to load %q, which is not the module (%v)", file, err)
					}
					if policy := config.GetFailurePolicy(); policy == vm.FailurePolicy_FAIL_OPEN || config.GetFailOpen() { //nolint:staticcheck
						t.Errorf("a trap would let everything through: %v", policy)
					}
				}
			})
			t.Run(kind+", "+shape+", no such image", func(t *testing.T) {
				for _, extension := range from(t, missing) {
					denies := &rbac.RBAC{}
					if err := extension.GetTypedConfig().UnmarshalTo(denies); err != nil {
						t.Fatalf("want what denies everything in its place: %v", err)
					}
					if rules := denies.GetRules(); rules == nil || len(rules.GetPolicies()) != 0 || rules.GetAction().String() != "ALLOW" {
						t.Errorf("this lets something through: %v", denies)
					}
				}
			})
		}
	}
}
