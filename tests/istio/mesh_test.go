package istio

import (
	"fmt"
	"os"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
	sigsyaml "sigs.k8s.io/yaml"
)

// What istiod sends to one proxy.
type configuration struct {
	listeners  []*listener.Listener
	clusters   []*cluster.Cluster
	routes     []*route.RouteConfiguration
	extensions []*core.TypedExtensionConfig
}

// port is how the database's Service speaks of its port.
type port struct {
	name, appProtocol string
}

// database is a Service of the database and one pod of it, with a proxy.
const (
	databaseIP = "10.0.0.10"
	gatewayIP  = "10.0.0.20"
	waypointIP = "10.0.0.30"
)

func service(name, selector string, number int, p port) string {
	protocol := ""
	if p.appProtocol != "" {
		protocol = "\n    appProtocol: " + p.appProtocol
	}
	portName := ""
	if p.name != "" {
		portName = "\n    name: " + p.name
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata:
  name: %s
  namespace: vectordb
spec:
  clusterIP: 10.1.0.%d
  selector: { %s }
  ports:
  - port: %d
    targetPort: %d%s%s`, name, len(name), selector, number, number, portName, protocol)
}

func pod(name, labels, ip, account string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata:
  name: %[1]s
  namespace: vectordb
  labels: { %[2]s }
spec: { serviceAccountName: %[4]s }
status:
  phase: Running
  conditions: [{ type: Ready, status: "True" }]
  podIP: %[3]s
  podIPs: [{ ip: %[3]s }]`, name, labels, ip, account)
}

func slice(service, pod, ip string, number int, portName string) string {
	return fmt.Sprintf(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: %[1]s-1
  namespace: vectordb
  labels: { kubernetes.io/service-name: %[1]s }
addressType: IPv4
endpoints:
- addresses: ["%[3]s"]
  conditions: { ready: true }
  targetRef: { kind: Pod, name: %[2]s, namespace: vectordb }
ports:
- { name: "%[5]s", port: %[4]d, protocol: TCP }`, service, pod, ip, number, portName)
}

// The kinds that are istiod's configuration; the others are Kubernetes' own.
var istioGroups = []string{"networking.istio.io/", "security.istio.io/", "extensions.istio.io/", "telemetry.istio.io/", "gateway.networking.k8s.io/"}

// generate has istiod make the configuration of one proxy of a mesh with these manifests applied.
func generate(t *testing.T, proxy *model.Proxy, kubernetes []string, manifests map[string]string) configuration {
	t.Helper()
	test.SetForTest(t, &features.EnableSidecarHBONEListening, true)
	var istio []string
	for _, object := range objects(t, texts(manifests)...) {
		if kind := object["kind"]; kind == "Pod" {
			continue // the probe's
		}
		for _, group := range istioGroups {
			if strings.HasPrefix(object["apiVersion"].(string), group) {
				istio = append(istio, asYAML(t, object))
			}
		}
		if object["kind"] == "Service" {
			kubernetes = append(kubernetes, asYAML(t, object))
		}
	}
	kubernetes = append(kubernetes,
		pod("console", "app: vectorgate-console", "10.0.0.40", "vectorgate-console"),
		slice("vectorgate-console", "console", "10.0.0.40", 8400, "http"))
	meshConfig := mesh.DefaultMeshConfig()
	kubernetesAndAmbient := kubernetes
	if proxy.Type == model.Waypoint {
		for _, feature := range []*bool{&features.EnableAmbient, &features.EnableAmbientWaypoints, &features.EnableHBONESend} {
			test.SetForTest(t, feature, true)
		}
		// The index of waypoints reads its objects as Kubernetes has them.
		kubernetesAndAmbient = append(append([]string{}, kubernetes...), istio...)
	}
	discovery := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		MeshConfig:             meshConfig,
		ConfigString:           strings.Join(istio, "\n---\n"),
		KubernetesObjectString: strings.Join(kubernetesAndAmbient, "\n---\n"),
	})
	proxy.ConfigNamespace = namespace
	proxy.Metadata.Namespace = namespace
	proxy.Metadata.IstioVersion = "1.30.0"
	proxy.Metadata.Labels = proxy.Labels
	proxy = discovery.SetupProxy(proxy)
	made := configuration{listeners: discovery.Listeners(proxy), clusters: discovery.Clusters(proxy)}
	made.routes = discovery.RoutesFromListeners(proxy, made.listeners)
	made.extensions = discovery.ConfigGen.BuildExtensionConfiguration(proxy, discovery.PushContext(), made.extensionNames(t), nil)
	return made
}

func asYAML(t testing.TB, o object) string {
	t.Helper()
	text, err := sigsyaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tunnel says whether the sidecar takes HBONE too, as in a mesh with the ambient profile.
type tunnel bool

const (
	plain tunnel = false
	hbone tunnel = true
)

func sidecar(over tunnel) *model.Proxy {
	return &model.Proxy{
		Type:        model.SidecarProxy,
		ID:          "chroma-0.vectordb",
		IPAddresses: []string{databaseIP},
		Labels:      map[string]string{"app": "chroma"},
		Metadata:    &model.NodeMetadata{EnableHBONE: model.StringBool(over), ServiceAccount: "chroma"},
	}
}

// databaseAs are the database's Service and pod, its port spoken of like this.
func databaseAs(p port) []string {
	return []string{
		service("chroma", "app: chroma", 8000, p),
		pod("chroma-0", "app: chroma", databaseIP, "chroma"),
		slice("chroma", "chroma-0", databaseIP, 8000, p.name),
	}
}

// issuer is the issuer of tokens, with its keys beside its name, so that istiod need not fetch them.
func issuer(over values) values {
	return merged(values{"identity": map[string]any{"jwks": keys()}}, over)
}

// keys are the issuer's public keys: what the end-to-end tests sign with, or, without those, keys that verify nothing.
func keys() string {
	if text := os.Getenv("VECTORGATE_ISTIO_JWKS"); text != "" {
		return text
	}
	return `{"keys":[]}`
}
