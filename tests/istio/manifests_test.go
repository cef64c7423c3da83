package istio

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Where the manifests are, and the namespace that the kustomize files are rendered for.
const (
	manifests = "../../envoy/istio"
	namespace = "vectordb"
)

var update = flag.Bool("update", false, "write the kustomize files anew from the chart")

// values of the chart, as a user's file of values would give them.
type values map[string]any

// secrets that the chart demands and that no file of this repository holds.
var secrets = values{"databaseKey": "key-of-the-database", "consoleSecret": "secret-of-the-console"}

// render gives what `helm template` would, by file of the chart.
func render(t testing.TB, over values) map[string]string {
	t.Helper()
	files, err := tryRender(over)
	if err != nil {
		t.Fatalf("render the chart: %v", err)
	}
	return files
}

func tryRender(over values) (map[string]string, error) {
	chart, err := loader.LoadDir(filepath.Join(manifests, "chart"))
	if err != nil {
		return nil, err
	}
	if _, given := over["credentials"]; !given {
		over = merged(over, values{"credentials": map[string]any(secrets)})
	}
	given, err := chartutil.ToRenderValues(chart, map[string]any(over), common.ReleaseOptions{Name: "vectorgate", Namespace: namespace}, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Render(chart, given)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for path, text := range rendered {
		if strings.HasSuffix(path, ".yaml") && strings.TrimSpace(text) != "" {
			files[filepath.Base(path)] = strings.TrimSpace(text) + "\n"
		}
	}
	return files, nil
}

func merged(into, from values) values {
	out := values{}
	for key, value := range into {
		out[key] = value
	}
	for key, value := range from {
		out[key] = value
	}
	return out
}

// object is a Kubernetes object as YAML gives it.
type object map[string]any

func (o object) key() string {
	metadata, _ := o["metadata"].(map[string]any)
	return fmt.Sprintf("%v/%v/%v", o["kind"], metadata["namespace"], metadata["name"])
}

// objects of a stream of YAML documents, by kind, namespace and name.
func objects(t testing.TB, texts ...string) map[string]object {
	t.Helper()
	found := map[string]object{}
	for _, text := range texts {
		for _, document := range strings.Split(text, "\n---\n") {
			var o object
			if err := yaml.Unmarshal([]byte(document), &o); err != nil {
				t.Fatalf("%v in:\n%s", err, document)
			}
			if len(o) == 0 {
				continue
			}
			if _, twice := found[o.key()]; twice {
				t.Fatalf("%s stands there twice", o.key())
			}
			found[o.key()] = o
		}
	}
	return found
}

func texts(files map[string]string) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	out := make([]string, 0, len(files))
	for _, name := range names {
		out = append(out, files[name])
	}
	return out
}

// kustomize gives what `kubectl kustomize` would for a directory of the manifests, with the files of secrets that a user has to put there.
func kustomize(t testing.TB, directory string) (map[string]object, error) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(manifests)); err != nil {
		t.Fatal(err)
	}
	credentials := objects(t, render(t, values{})["credentials.yaml"])["Secret/"+namespace+"/vectorgate-credentials"]
	for name, text := range credentials["stringData"].(map[string]any) {
		path := filepath.Join(copied, "base", "secrets", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text.(string)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return build(t, filepath.Join(copied, directory))
}

func build(t testing.TB, directory string) (map[string]object, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return nil, err
	}
	text, err := built.AsYaml()
	if err != nil {
		return nil, err
	}
	return objects(t, string(text)), nil
}

// The overlays and which files of the chart each one holds. What is the same in all of them is in the base.
var overlays = map[string][]string{
	"base":              {"console.yaml"},
	"overlays/sidecar":  {"envoyfilter.yaml", "identity.yaml", "network.yaml", "console-access.yaml"},
	"overlays/gateway":  {"envoyfilter.yaml", "identity.yaml", "network.yaml", "console-access.yaml", "gateway.yaml"},
	"overlays/waypoint": {"waypoint.yaml", "identity.yaml", "network.yaml"},
}

// shapeValues are the values that an overlay is rendered with.
func shapeValues(directory string) values {
	switch shape := filepath.Base(directory); shape {
	case "waypoint":
		return atWaypoint(values{})
	case "base":
		return values{}
	default:
		return values{"shape": shape}
	}
}

// atWaypoint are values for a waypoint: the module as an image, and a policy that needs no console.
func atWaypoint(over values) values {
	search := map[string]any{
		"name": "applications-search", "identities": []any{"group:applications"}, "collections": []any{"*"}, "operations": []any{"search", "fetch", "describe"},
		"top_k":   map[string]any{"max": 100, "over": "clamp"},
		"results": map[string]any{"max": 1000, "over": "deny"},
		"mask": []any{
			map[string]any{"fields": []any{"email"}, "with": "partial"},
			map[string]any{"detect": []any{"email", "phone", "card", "iban", "ssn"}, "fields": []any{"#document"}, "with": "redact"},
		},
		"vectors": "strip",
	}
	return merged(values{
		"shape":  "waypoint",
		"module": map[string]any{"delivery": "oci"},
		"policy": map[string]any{"approval": nil, "audit": nil, "rules": []any{search}},
	}, over)
}

const generated = "# Made from envoy/istio/chart: change it there, then `go test ./... -run Kustomize -update` in tests/istio.\n"

func TestKustomizeFilesAreTheChart(t *testing.T) {
	for directory, names := range overlays {
		files := render(t, shapeValues(directory))
		for _, name := range names {
			path := filepath.Join(manifests, directory, name)
			want := generated + files[name]
			if files[name] == "" {
				t.Fatalf("%s: the chart renders nothing of that name", path)
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("%s differs from the chart: run `go test ./... -run Kustomize -update`", path)
			}
		}
	}
}

func TestKustomizeAndHelmSayTheSame(t *testing.T) {
	for directory := range overlays {
		if directory == "base" {
			continue
		}
		t.Run(filepath.Base(directory), func(t *testing.T) {
			built, err := kustomize(t, directory)
			if err != nil {
				t.Fatal(err)
			}
			files := render(t, shapeValues(directory))
			delete(files, "probe.yaml") // a hook of Helm's, `helm test`
			want := objects(t, texts(files)...)
			for key, object := range want {
				if a, b := canonical(t, object), canonical(t, built[key]); a != b {
					t.Errorf("%s\nhelm:\n%s\nkustomize:\n%s", key, a, b)
				}
			}
			for key := range built {
				if want[key] == nil {
					t.Errorf("%s is made by kustomize alone", key)
				}
			}
		})
	}
}

// canonical writes an object in one way, a Secret's text as data.
func canonical(t testing.TB, o object) string {
	t.Helper()
	if o["kind"] == "Secret" {
		data := map[string]any{}
		for name, text := range asMap(o["stringData"]) {
			data[name] = text
		}
		for name, text := range asMap(o["data"]) {
			data[name] = decoded(t, text.(string))
		}
		o = object{"kind": "Secret", "metadata": o["metadata"], "data": data, "type": o["type"]}
	}
	text, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}

// Without the files of secrets kustomize makes nothing: no credential that everyone knows can be installed by mistake.
func TestKustomizeNeedsTheSecrets(t *testing.T) {
	if _, err := build(t, filepath.Join(manifests, "overlays/sidecar")); err == nil || !strings.Contains(err.Error(), "secrets") {
		t.Fatalf("want a refusal that names the secrets, got: %v", err)
	}
}

func TestTheChartRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		values values
		says   string
	}{
		"no secret for the console":               {values{"credentials": map[string]any{"databaseKey": "k"}}, "credentials.consoleSecret"},
		"no key for the database":                 {values{"credentials": map[string]any{"consoleSecret": "s"}}, "credentials.databaseKey"},
		"an unknown shape":                        {values{"shape": "ambient"}, "none of sidecar, gateway, waypoint"},
		"a mesh without FAIL_RELOAD":              {values{"istio": map[string]any{"version": "1.24.3"}}, "FAIL_RELOAD"},
		"a mesh that cannot hold headers, unsaid": {values{"istio": map[string]any{"version": "1.27.1"}}, "hold_headers: false"},
		"an image by tag":                         {values{"module": map[string]any{"delivery": "oci", "image": "oci://example.com/vectorgate:1"}}, "by digest"},
		"a waypoint with a file":                  {values{"shape": "waypoint"}, "module.delivery: oci"},
		"TrafficExtension before 1.30":            {atWaypoint(values{"waypoint": map[string]any{"resource": "TrafficExtension"}}), "1.30"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryRender(c.values)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("want a refusal that says %q, got: %v", c.says, err)
			}
		})
	}
}

func TestTheChartLeavesOutWhatAnOlderMeshWouldDrop(t *testing.T) {
	files := render(t, values{
		"istio":  map[string]any{"version": "1.27.3"},
		"policy": map[string]any{"host": map[string]any{"hold_headers": false}},
	})
	if text := files["envoyfilter.yaml"]; strings.Contains(text, "\n                allow_on_headers_stop_iteration") || strings.Contains(text, "allow_on_headers_stop_iteration: true") {
		t.Error("allow_on_headers_stop_iteration is there, and Istio 1.27 drops it without a word")
	}
}
