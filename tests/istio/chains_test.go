package istio

import (
	"testing"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	"istio.io/istio/pkg/wellknown"
)

// chain is one filter chain of a listener.
type chain struct {
	listener string
	*listener.FilterChain
}

// chainsTo are all chains that a connection to this port could take by its port.
func (c configuration) chainsTo(number uint32) []chain {
	var found []chain
	for _, l := range c.listeners {
		for _, fc := range l.FilterChains {
			if fc.GetFilterChainMatch().GetDestinationPort().GetValue() == number {
				found = append(found, chain{l.Name, fc})
			}
		}
	}
	return found
}

// chainsOf are all chains of a listener.
func (c configuration) chainsOf(name string) []chain {
	var found []chain
	for _, l := range c.listeners {
		if l.Name != name {
			continue
		}
		for _, fc := range l.FilterChains {
			found = append(found, chain{l.Name, fc})
		}
		if l.DefaultFilterChain != nil {
			found = append(found, chain{l.Name, l.DefaultFilterChain})
		}
	}
	return found
}

// http gives the chain's connection manager, or nil where it speaks plain TCP.
func (c chain) http(t testing.TB) *hcm.HttpConnectionManager {
	t.Helper()
	for _, f := range c.Filters {
		if f.Name == wellknown.HTTPConnectionManager {
			manager := &hcm.HttpConnectionManager{}
			if err := f.GetTypedConfig().UnmarshalTo(manager); err != nil {
				t.Fatal(err)
			}
			return manager
		}
	}
	return nil
}

// order is the place of each of these filters in the chain, -1 where it is missing or stands there more than once.
func (c chain) order(t testing.TB, names ...string) []int {
	t.Helper()
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = -1
		seen := 0
		for at, f := range c.http(t).HttpFilters {
			if f.Name == name {
				places[i] = at
				seen++
			}
		}
		if seen > 1 {
			places[i] = -1
		}
	}
	return places
}

// guarded asserts that the chain has the guard, and everything in its order, the guard and its credential right before the router.
func (c chain) guarded(t testing.TB, names ...string) {
	t.Helper()
	places := c.order(t, names...)
	for i, place := range places {
		if place < 0 || (i > 0 && place <= places[i-1]) {
			t.Errorf("%s/%s: want %v in this order, each once; got %v", c.listener, c.Name, names, filterNames(c.http(t)))
			return
		}
	}
	if last := places[len(places)-1]; last != len(c.http(t).HttpFilters)-1 {
		t.Errorf("%s/%s: something stands after the router: %v", c.listener, c.Name, filterNames(c.http(t)))
	}
}

func filterNames(manager *hcm.HttpConnectionManager) []string {
	names := make([]string, 0, len(manager.HttpFilters))
	for _, f := range manager.HttpFilters {
		names = append(names, f.Name)
	}
	return names
}

// closed says whether the chain, which speaks plain TCP, refuses every connection: a network RBAC that allows by rules, of which none can match.
func (c chain) closed(t testing.TB) bool {
	t.Helper()
	for _, f := range c.Filters {
		if f.Name != wellknown.RoleBasedAccessControl {
			continue
		}
		rules := &rbac.RBAC{}
		if err := f.GetTypedConfig().UnmarshalTo(rules); err != nil {
			t.Fatal(err)
		}
		if rules.GetRules() != nil && rules.GetRules().GetAction().String() == "ALLOW" && len(rules.GetRules().GetPolicies()) == 0 && rules.GetMatcher() == nil {
			return true
		}
	}
	return false
}

// extensionNames are the filters that listeners want by extension discovery, each once.
func (c configuration) extensionNames(t testing.TB) []string {
	t.Helper()
	seen := map[string]bool{}
	var names []string
	for _, l := range c.listeners {
		for _, fc := range append(l.FilterChains, l.DefaultFilterChain) {
			if fc == nil || (chain{l.Name, fc}).http(t) == nil {
				continue
			}
			for _, f := range (chain{l.Name, fc}).http(t).HttpFilters {
				if f.GetConfigDiscovery() != nil && !seen[f.Name] {
					seen[f.Name] = true
					names = append(names, f.Name)
				}
			}
		}
	}
	return names
}
