package istio

import (
	"strings"
	"testing"

	"istio.io/istio/pilot/pkg/model"
)

func waypointProxy() *model.Proxy {
	return &model.Proxy{
		Type:        model.Waypoint,
		ID:          "vectorgate-waypoint-0.vectordb",
		IPAddresses: []string{waypointIP},
		Labels: map[string]string{
			"gateway.networking.k8s.io/gateway-name": "vectorgate-waypoint",
			"gateway.istio.io/managed":               "istio.io-mesh-controller",
		},
		Metadata: &model.NodeMetadata{ServiceAccount: "vectorgate-waypoint"},
	}
}

const waypointPods = `apiVersion: v1
kind: Service
metadata:
  name: vectorgate-waypoint
  namespace: vectordb
  labels:
    gateway.istio.io/managed: istio.io-mesh-controller
    gateway.networking.k8s.io/gateway-name: vectorgate-waypoint
spec:
  clusterIP: 10.1.0.99
  ports: [{ name: mesh, port: 15008, appProtocol: hbone }]
  selector: { gateway.networking.k8s.io/gateway-name: vectorgate-waypoint }`

// withWaypoint is a mesh's own part: the address that its controller gives the waypoint, and the Service that is to go through it.
func withWaypoint(t *testing.T, manifests map[string]string) ([]string, map[string]string) {
	t.Helper()
	made := map[string]string{}
	for key, o := range objects(t, texts(manifests)...) {
		if strings.HasPrefix(key, "Gateway/") {
			o["status"] = map[string]any{"addresses": []any{map[string]any{"type": "Hostname", "value": "vectorgate-waypoint.vectordb.svc.cluster.local"}}}
		}
		made[key] = asYAML(t, o)
	}
	kubernetes := databaseAs(port{name: "http"})
	kubernetes[0] = strings.Replace(kubernetes[0], "  namespace: vectordb\n", "  namespace: vectordb\n  labels: { istio.io/use-waypoint: vectorgate-waypoint }\n", 1)
	return append(kubernetes, waypointPods,
		pod("vectorgate-waypoint-0", "gateway.networking.k8s.io/gateway-name: vectorgate-waypoint", waypointIP, "vectorgate-waypoint"),
		slice("vectorgate-waypoint", "vectorgate-waypoint-0", waypointIP, 15008, "mesh")), made
}

func TestWaypointHasTheGuardForTheDatabase(t *testing.T) {
	for _, resource := range []string{"WasmPlugin", "TrafficExtension"} {
		t.Run(resource, func(t *testing.T) {
			kubernetes, manifests := withWaypoint(t, render(t, issuer(atWaypoint(values{
				"istio":    map[string]any{"version": "1.30"},
				"waypoint": map[string]any{"resource": resource},
			}))))
			made := generate(t, waypointProxy(), kubernetes, manifests)
			seen := 0
			for _, c := range made.chainsOf("main_internal") {
				if !strings.Contains(c.Name, "|8000|") {
					continue
				}
				if c.http(t) == nil {
					continue
				}
				seen++
				names := filterNames(c.http(t))
				jwt, guard, router := -1, -1, -1
				for i, name := range names {
					switch {
					case name == "envoy.filters.http.jwt_authn":
						jwt = i
					case strings.Contains(name, "vectorgate"):
						guard = i
					case name == "envoy.filters.http.router":
						router = i
					}
				}
				if jwt < 0 || guard < jwt || router < guard {
					t.Errorf("%s: want jwt_authn, the guard, the router; got %v", c.Name, names)
				}
			}
			if seen == 0 {
				var names []string
				for _, c := range made.chainsOf("main_internal") {
					names = append(names, c.Name)
				}
				t.Errorf("no HTTP chain for the database's Service in %v", names)
			}
			// Where the filter asks for the names of collections.
			made.cluster(t, "inbound-vip|8000|http|chroma.vectordb.svc.cluster.local")
		})
	}
}
