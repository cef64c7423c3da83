package istio

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"istio.io/api/annotation"
)

// A database as somebody else installed it.
const database = `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: chroma, namespace: vectordb }
spec:
  selector: { matchLabels: { app: chroma } }
  template:
    metadata: { labels: { app: chroma } }
    spec:
      initContainers: [{ name: own, image: own }]
      containers: [{ name: chroma, image: chroma, volumeMounts: [{ name: data, mountPath: /data }] }]
      volumes: [{ name: data, emptyDir: {} }]
`

// patched is the pod template of that database with database-pods.yaml on it.
func patched(t *testing.T) map[string]any {
	t.Helper()
	directory := t.TempDir()
	patch, err := os.ReadFile(filepath.Join(manifests, "overlays/sidecar/database-pods.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"database-pods.yaml": string(patch),
		"database.yaml":      database,
		"kustomization.yaml": "resources: [database.yaml]\npatches: [{ path: database-pods.yaml, target: { kind: StatefulSet, name: chroma } }]\n",
	} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	built, err := build(t, directory)
	if err != nil {
		t.Fatal(err)
	}
	return template(built["StatefulSet/vectordb/chroma"])
}

func template(o object) map[string]any { return asMap(asMap(o["spec"])["template"]) }

// named gives the members of a list by their names.
func named(list any) map[string]map[string]any {
	found := map[string]map[string]any{}
	members, _ := list.([]any)
	for _, member := range members {
		found[asMap(member)["name"].(string)] = asMap(member)
	}
	return found
}

func gatewayPod(t *testing.T, over values) map[string]any {
	t.Helper()
	files := render(t, merged(values{"shape": "gateway"}, over))
	return template(objects(t, files["gateway.yaml"])["Deployment/"+namespace+"/vectorgate-gateway"])
}

// At the gateway and at the database's pods the same container unpacks the module into the volume that the proxy mounts, and nobody writes there but it.
func TestTheModuleIsUnpackedBeforeTheProxyStarts(t *testing.T) {
	gateway, pods := gatewayPod(t, values{}), patched(t)
	for name, spec := range map[string]map[string]any{"gateway": asMap(gateway["spec"]), "sidecar": asMap(pods["spec"])} {
		unpack, volumes := named(spec["initContainers"])["vectorgate-module"], named(spec["volumes"])
		if !reflect.DeepEqual(unpack["args"], []any{"unpack", "/packed", "/module"}) {
			t.Fatalf("%s: %v", name, unpack)
		}
		for mount, want := range map[string]string{"vectorgate-module-packed": "/packed", "vectorgate-module": "/module"} {
			if got := named(unpack["volumeMounts"])[mount]["mountPath"]; got != want || volumes[mount] == nil {
				t.Errorf("%s: %s is mounted at %v, from %v", name, mount, got, volumes[mount])
			}
		}
		security := asMap(unpack["securityContext"])
		if security["runAsNonRoot"] != true || security["readOnlyRootFilesystem"] != true || security["allowPrivilegeEscalation"] != false ||
			!reflect.DeepEqual(asMap(security["capabilities"])["drop"], []any{"ALL"}) {
			t.Errorf("%s: it may more than it needs: %v", name, security)
		}
		if volumes["vectorgate-module"]["emptyDir"] == nil {
			t.Errorf("%s: %v", name, volumes["vectorgate-module"])
		}
	}
	if a, b := named(asMap(gateway["spec"])["initContainers"]), named(asMap(pods["spec"])["initContainers"]); !reflect.DeepEqual(a["vectorgate-module"], b["vectorgate-module"]) || b["own"] == nil {
		t.Errorf("the init containers differ:\n%v\n%v", a, b)
	}

	proxy := named(named(asMap(gateway["spec"])["containers"])["istio-proxy"]["volumeMounts"])["vectorgate-module"]
	if proxy["mountPath"] != "/etc/vectorgate/module" || proxy["readOnly"] != true {
		t.Errorf("gateway: %v", proxy)
	}
	annotations := asMap(asMap(pods["metadata"])["annotations"])
	// Istio puts a native sidecar before every other init container.
	if annotations["sidecar.istio.io/nativeSidecar"] != "false" {
		t.Errorf("sidecar: the proxy may start before the module is there: %v", annotations)
	}
	var mounts, own map[string]map[string]any
	for name, into := range map[string]*map[string]map[string]any{annotation.SidecarUserVolumeMount.Name: &mounts, annotation.SidecarUserVolume.Name: &own} {
		if err := json.Unmarshal([]byte(annotations[name].(string)), into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if mount := mounts["vectorgate-module"]; mount["mountPath"] != "/etc/vectorgate/module" || mount["readOnly"] != true {
		t.Errorf("sidecar: %v", mount)
	}
	for name := range mounts {
		_, declared := named(asMap(pods["spec"])["volumes"])[name]
		if _, injected := own[name]; injected == declared {
			t.Errorf("sidecar: the volume %s has to come from the pod or from the annotation, and from one of them", name)
		}
	}
}

// An image is pulled by the proxy's own agent: there is nothing to unpack.
func TestAnImageNeedsNoInitContainer(t *testing.T) {
	spec := asMap(gatewayPod(t, values{"module": map[string]any{"delivery": "oci"}})["spec"])
	if spec["initContainers"] != nil || named(spec["volumes"])["vectorgate-module"] != nil {
		t.Errorf("%v", spec)
	}
}
