{{/* Labels of everything that the chart makes. */}}
{{- define "vectorgate.labels" -}}
app.kubernetes.io/part-of: vectorgate
{{- end }}

{{/* The workload that the guard stands at: labels of its pods. */}}
{{- define "vectorgate.selector" -}}
{{- if eq .Values.shape "gateway" -}}
app: vectorgate-gateway
{{- else if eq .Values.shape "waypoint" -}}
gateway.networking.k8s.io/gateway-name: vectorgate-waypoint
{{- else -}}
{{- toYaml .Values.database.labels -}}
{{- end -}}
{{- end }}

{{- define "vectorgate.consoleHost" -}}
vectorgate-console.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- end }}

{{- define "vectorgate.consoleCluster" -}}
outbound|8400||{{ include "vectorgate.consoleHost" . }}
{{- end }}

{{/* The cluster in which the filter asks the database for the names of collections. */}}
{{- define "vectorgate.lookupCluster" -}}
{{- if eq .Values.shape "gateway" -}}
outbound|{{ .Values.database.port }}||{{ .Values.database.host }}
{{- else if eq .Values.shape "waypoint" -}}
inbound-vip|{{ first .Values.database.ports }}|http|{{ .Values.database.service }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- else -}}
vectorgate-database
{{- end -}}
{{- end }}

{{- define "vectorgate.lookupAuthority" -}}
{{- if eq .Values.shape "gateway" -}}
{{ .Values.database.host }}
{{- else if eq .Values.shape "waypoint" -}}
{{ .Values.database.service }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- else -}}
localhost
{{- end -}}
{{- end }}

{{/* Whether the mesh knows allow_on_headers_stop_iteration. */}}
{{- define "vectorgate.holdsHeaders" -}}
{{- if ne .Values.shape "waypoint" }}{{ if semverCompare ">=1.28-0" .Values.istio.version }}yes{{ end }}{{ end }}
{{- end }}

{{/* The policy, with the clusters that Istio makes filled in where it names none. */}}
{{- define "vectorgate.policy" -}}
{{- $policy := deepCopy .Values.policy -}}
{{- $console := dict "cluster" (include "vectorgate.consoleCluster" .) "authority" (include "vectorgate.consoleHost" .) -}}
{{- range $section := list "approval" "audit" -}}
{{- if hasKey $policy $section }}{{ $_ := set $policy $section (merge (get $policy $section) $console) }}{{ end -}}
{{- end -}}
{{- $lookup := dict "cluster" (include "vectorgate.lookupCluster" .) "authority" (include "vectorgate.lookupAuthority" .) -}}
{{- if hasKey $policy "lookup" }}{{ $_ := set $policy "lookup" (merge (get $policy "lookup") $lookup) }}{{ end -}}
{{- if not (include "vectorgate.holdsHeaders" .) -}}
{{- $host := get $policy "host" | default dict -}}
{{- if eq .Values.shape "waypoint" -}}
{{- $_ := set $policy "host" (merge (dict "hold_headers" false) $host) -}}
{{- else if ne (get $host "hold_headers" | toString) "false" -}}
{{- fail (printf "Istio %s drops allow_on_headers_stop_iteration: say `host: { hold_headers: false }` in the policy, or move to 1.28" .Values.istio.version) -}}
{{- end -}}
{{- end -}}
{{- toYaml $policy -}}
{{- end }}

{{/* The filter's configuration, as Envoy's Wasm extension. */}}
{{- define "vectorgate.wasm" -}}
"@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
config:
  name: vectorgate
  root_id: vectorgate
  # A trap in the module answers 503, and the next request gets a new VM. Never FAIL_OPEN.
  failure_policy: FAIL_RELOAD
  # But no VM sooner than 0.1 to 0.15 s after the one before. (Unsaid it is a second to one and a half: then who traps it every second has it down for good.)
  reload_config: { backoff: { base_interval: 0.1s } }
  {{- if include "vectorgate.holdsHeaders" . }}
  # The filter holds a request's headers until it has read the body. Istio before 1.28 drops this field without a word.
  allow_on_headers_stop_iteration: true
  {{- end }}
  vm_config:
    vm_id: vectorgate
    runtime: envoy.wasm.runtime.v8
    code:
      {{- if eq .Values.module.delivery "oci" }}
      # The proxy's agent pulls the image and puts a local file in its place; if it cannot, it sends a filter that denies everything.
      remote: { http_uri: { uri: {{ .Values.module.image | quote }}, timeout: 30s } }
      {{- else }}
      local: { filename: {{ .Values.module.filename }} }
      {{- end }}
    environment_variables: { host_env_keys: [VECTORGATE_HASH_KEY] }
  configuration:
    # A string of JSON: Envoy hands a Struct over in its binary form.
    "@type": type.googleapis.com/google.protobuf.StringValue
    value: |
      {{- include "vectorgate.policy" . | fromYaml | toPrettyJson | nindent 6 }}
{{- end }}

{{/* An injector that puts what SDS reads from a mounted file into a header, whatever the client sent there. */}}
{{- define "vectorgate.injector" -}}
"@type": type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector
# Without this a key that the client sent would win.
overwrite: true
credential:
  name: envoy.http.injected_credentials.generic
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic
    header: {{ .header }}
    credential:
      name: {{ .name }}
      # A file, and not `kubernetes://`: istiod's own secret service knows certificates alone.
      sds_config:
        path_config_source:
          path: /etc/vectorgate/credentials/{{ .name }}.yaml
          watched_directory: { path: /etc/vectorgate/credentials }
{{- end }}

{{/* Upstream HTTP options with an injector: it reaches proxied requests and the filter's own callouts. */}}
{{- define "vectorgate.upstream" -}}
envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
  "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
  {{- if .http2 }}
  use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} }
  {{- else }}
  explicit_http_config: { http_protocol_options: {} }
  {{- end }}
  http_filters:
    - name: {{ .name }}
      typed_config:
        {{- include "vectorgate.injector" . | nindent 8 }}
    - name: envoy.filters.http.upstream_codec
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec
{{- end }}

{{/* The service accounts that may call the console. */}}
{{- define "vectorgate.callers" -}}
{{- if .Values.console.callers -}}
{{- toYaml .Values.console.callers -}}
{{- else -}}
- {{ .Values.trustDomain }}/ns/{{ .Release.Namespace }}/sa/{{ if eq .Values.shape "gateway" }}vectorgate-gateway{{ else if eq .Values.shape "waypoint" }}vectorgate-waypoint{{ else }}{{ .Values.databaseServiceAccount }}{{ end }}
{{- end -}}
{{- end }}

{{/* What every template asks first. */}}
{{- define "vectorgate.check" -}}
{{- if not (has .Values.shape (list "sidecar" "gateway" "waypoint")) }}{{ fail (printf "shape: %s is none of sidecar, gateway, waypoint" .Values.shape) }}{{ end -}}
{{- if semverCompare "<1.25-0" .Values.istio.version }}{{ fail "istio.version: FAIL_RELOAD came with 1.25; an older proxy cannot carry this filter" }}{{ end -}}
{{- if not (has .Values.module.delivery (list "file" "oci")) }}{{ fail (printf "module.delivery: %s is neither file nor oci" .Values.module.delivery) }}{{ end -}}
{{- if and (eq .Values.module.delivery "oci") (not (contains "@sha256:" .Values.module.image)) }}{{ fail "module.image: name it by digest (…@sha256:…); a tag can be moved to another module" }}{{ end -}}
{{- if and (eq .Values.module.delivery "file") (eq .Values.shape "waypoint") }}{{ fail "shape: a waypoint gets its module as an image alone; say module.delivery: oci" }}{{ end -}}
{{- if and (eq .Values.shape "waypoint") (or .Values.policy.approval .Values.policy.audit) }}{{ fail "policy: a waypoint cannot carry the console's secret; leave `approval` and `audit` out (null), or guard at the sidecar or at a gateway" }}{{ end -}}
{{- if and (eq .Values.waypoint.resource "TrafficExtension") (eq .Values.shape "waypoint") (semverCompare "<1.30-0" .Values.istio.version) }}{{ fail "waypoint.resource: TrafficExtension came with Istio 1.30" }}{{ end -}}
{{- if not (has .Values.identity.kind (list "jwt" "mtls")) }}{{ fail (printf "identity.kind: %s is neither jwt nor mtls" .Values.identity.kind) }}{{ end -}}
{{- end }}

{{- define "vectorgate.context" -}}
{{- if eq .Values.shape "gateway" }}GATEWAY{{ else }}SIDECAR_INBOUND{{ end -}}
{{- end }}

{{/* The patches of one kind of filter chain. */}}
{{- define "vectorgate.insert" -}}
{{- $chain := merge (dict "filter" (dict "name" "envoy.filters.network.http_connection_manager" "subFilter" (dict "name" "envoy.filters.http.router"))) .chain -}}
{{- $match := dict "context" (include "vectorgate.context" .root) "listener" (dict "filterChain" $chain) -}}
- applyTo: HTTP_FILTER
  match:
    {{- toYaml $match | nindent 4 }}
  patch:
    operation: INSERT_BEFORE
    value:
      name: vectorgate
      config_discovery:
        config_source: { ads: {}, initial_fetch_timeout: 0s }
        # Until the filter is there, and where Envoy refuses it (no module, a policy with a mistake): nobody passes. Without this, Envoy would keep
        # serving the listener that it had before, without a guard.
        apply_default_config_without_warming: true
        default_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
          rules: { action: ALLOW }
        type_urls:
          - type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
          # The default above, and what the agent sends when it could not pull an image.
          - type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
{{- if .root.Values.database.credential }}
- applyTo: HTTP_FILTER
  match:
    {{- toYaml $match | nindent 4 }}
  patch:
    operation: INSERT_BEFORE
    value:
      name: vectorgate-credential
      typed_config:
        {{- include "vectorgate.injector" (dict "name" "database-key" "header" .root.Values.database.keyHeader) | nindent 8 }}
{{- end }}
{{- end }}

{{/* What RequestAuthentication, AuthorizationPolicy and WasmPlugin are about. */}}
{{- define "vectorgate.target" }}
{{- if eq .Values.shape "waypoint" }}
targetRefs:
  - { group: "", kind: Service, name: {{ .Values.database.service }} }
{{- else }}
selector:
  matchLabels:
    {{- include "vectorgate.selector" . | nindent 4 }}
{{- end }}
{{- end }}

{{/* The same fields stand in a WasmPlugin and in a TrafficExtension. */}}
{{- define "vectorgate.plugin" -}}
url: {{ .Values.module.image }}
type: HTTP
pluginName: vectorgate
imagePullPolicy: IfNotPresent
# Never FAIL_OPEN.
failStrategy: FAIL_RELOAD
vmConfig:
  env:
    - { name: VECTORGATE_HASH_KEY, valueFrom: HOST }
pluginConfig:
  {{- include "vectorgate.policy" . | nindent 2 }}
{{- end }}
