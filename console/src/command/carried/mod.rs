//! A policy where it is carried: in an EnvoyFilter, a WasmPlugin, a TrafficExtension or a bootstrap; and what around it leaves the guard out.

use super::policy_file;
use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};
use vectorgate::policy::compile::Environment;

/// What was found in a file.
pub(super) struct Carried {
    /// How many policies it carries.
    pub(super) policies: usize,
    /// What is wrong, as `place: what`.
    pub(super) faults: Vec<String>,
    /// What may be meant, and seldom is.
    pub(super) warnings: Vec<String>,
}

/// The type of Envoy's Wasm filter, as typed configuration names it.
const WASM: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";
const INJECTOR: &str = "envoy.extensions.filters.http.credential_injector.v3.CredentialInjector";
const UPSTREAM_TLS: &str = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

/// The fields of Envoy's `PluginConfig` (1.40). Istiod drops others without a word, and Envoy ignores them when they come from a control plane.
const PLUGIN_FIELDS: [&str; 10] = [
    "name",
    "root_id",
    "vm_config",
    "configuration",
    "fail_open",
    "failure_policy",
    "reload_config",
    "capability_restriction_config",
    "allow_on_headers_stop_iteration",
    "nack_on_code_cache_miss",
];

/// Reads a file's text, or `None` where it carries no configuration of Envoy's or Istio's: then it is a policy.
pub(super) fn read(text: &str, environment: &dyn Environment) -> Option<Carried> {
    let mut documents = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(text) {
        documents.push(Value::deserialize(document).ok()?);
    }
    let carries = |value: &Value| {
        value.get("static_resources").is_some()
            || matches!(
                value.get("kind").and_then(Value::as_str),
                Some("EnvoyFilter" | "WasmPlugin" | "TrafficExtension")
            )
    };
    if !documents.iter().any(carries) {
        return None;
    }
    let mut search = Search {
        environment,
        policies: 0,
        faults: Vec::new(),
        warnings: Vec::new(),
    };
    for document in documents.iter().filter(|value| carries(value)) {
        let place = match document.get("kind").and_then(Value::as_str) {
            Some(kind) => format!(
                "{kind} {}",
                text_at(document, &["metadata", "name"]).unwrap_or("without a name")
            ),
            None => "bootstrap".to_owned(),
        };
        search.document(document, &place);
    }
    if search.policies == 0 {
        search.faults.push("there is no policy in it".to_owned());
    }
    Some(Carried {
        policies: search.policies,
        faults: search.faults,
        warnings: search.warnings,
    })
}

fn text_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    path.iter()
        .try_fold(value, |value, key| value.get(*key))?
        .as_str()
}

fn is_type(value: &Value, name: &str) -> bool {
    value
        .get("@type")
        .and_then(Value::as_str)
        .is_some_and(|url| url.ends_with(name))
}

struct Search<'e> {
    environment: &'e dyn Environment,
    policies: usize,
    faults: Vec<String>,
    warnings: Vec<String>,
}

impl Search<'_> {
    fn fault(&mut self, place: &str, what: impl Into<String>) {
        self.faults.push(format!("{place}: {}", what.into()));
    }

    fn document(&mut self, document: &Value, place: &str) {
        for plugin in [
            document.get("spec"),
            document.get("spec").and_then(|spec| spec.get("wasm")),
        ]
        .into_iter()
        .flatten()
        .filter(|plugin| plugin.get("pluginConfig").is_some())
        {
            self.plugin(plugin, place);
        }
        let patches = document
            .get("spec")
            .and_then(|spec| spec.get("configPatches"))
            .and_then(Value::as_sequence);
        for (number, patch) in patches.into_iter().flatten().enumerate() {
            self.patch(patch, &format!("{place}: spec.configPatches[{number}]"));
        }
        self.order_of_patches(patches.map(Vec::as_slice).unwrap_or_default(), place);
        self.walk(document, place);
    }

    /// Everything below a value that has a type of its own.
    fn walk(&mut self, value: &Value, place: &str) {
        match value {
            Value::Mapping(mapping) => {
                if is_type(value, WASM) {
                    self.wasm(value, place);
                } else if is_type(value, INJECTOR)
                    && value.get("overwrite").and_then(Value::as_bool) != Some(true)
                {
                    self.fault(
                        place,
                        "credential_injector without `overwrite: true`: a key that the client sends wins",
                    );
                } else if is_type(value, UPSTREAM_TLS) {
                    self.tls(value, place);
                }
                if let Some(filters) = mapping.get("http_filters").and_then(Value::as_sequence) {
                    self.order(filters, place);
                }
                for (_, value) in mapping {
                    self.walk(value, place);
                }
            }
            Value::Sequence(sequence) => sequence.iter().for_each(|value| self.walk(value, place)),
            _ => {}
        }
    }

    fn wasm(&mut self, wasm: &Value, place: &str) {
        let Some(config) = wasm.get("config").and_then(Value::as_mapping) else {
            return self.fault(place, "the Wasm filter has no `config`");
        };
        for key in config.keys().filter_map(Value::as_str) {
            if !PLUGIN_FIELDS.contains(&key) {
                self.fault(
                    place,
                    format!("`config.{key}` is no field of Envoy's: it would be dropped without a word"),
                );
            }
        }
        match config.get("failure_policy").and_then(Value::as_str) {
            Some("FAIL_RELOAD") => {}
            Some("FAIL_OPEN") => self.fault(
                place,
                "`failure_policy: FAIL_OPEN`: after a trap everything passes; say FAIL_RELOAD",
            ),
            _ => self.fault(
                place,
                "`failure_policy: FAIL_RELOAD` is missing: one trap would refuse every request from then on",
            ),
        }
        if config.get("fail_open").and_then(Value::as_bool) == Some(true) {
            self.fault(place, "`fail_open: true`: after a trap everything passes");
        }
        if config
            .get("vm_config")
            .and_then(|vm| vm.get("code")?.get("local")?.get("filename"))
            .and_then(Value::as_str)
            .is_some_and(|name| name.contains("000000000000"))
        {
            self.fault(place, "the module's file still has the example's name");
        }
        let holds = config
            .get("allow_on_headers_stop_iteration")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let text = config
            .get("configuration")
            .and_then(|configuration| configuration.get("value"));
        match text {
            Some(Value::String(text)) => {
                let policy = self.policy(text, place);
                if !holds && policy.is_some_and(|policy| expects_held_headers(&policy)) {
                    self.fault(
                        place,
                        "`allow_on_headers_stop_iteration: true` is missing: requests with a body would hang; set it, or say `host: { hold_headers: false }` in the policy",
                    );
                }
            }
            Some(_) => self.fault(
                place,
                "the policy has to be a StringValue of JSON: Envoy hands a Struct to the filter in its binary form",
            ),
            None => self.fault(place, "the Wasm filter has no policy in `configuration`"),
        }
    }

    fn plugin(&mut self, plugin: &Value, place: &str) {
        if text_at(plugin, &["failStrategy"]) != Some("FAIL_RELOAD") {
            self.fault(place, "`failStrategy: FAIL_RELOAD` is missing");
        }
        if !text_at(plugin, &["url"]).is_some_and(|url| url.contains("@sha256:"))
            && plugin.get("sha256").is_none()
        {
            self.fault(
                place,
                "`url` names no digest: the image behind a tag can be exchanged",
            );
        }
        let Some(policy) = plugin.get("pluginConfig") else {
            return;
        };
        match serde_json::to_string(policy) {
            Ok(text) => {
                self.policy(&text, place);
            }
            Err(why) => self.fault(place, why.to_string()),
        }
        if expects_held_headers(policy) {
            self.fault(
                place,
                "a WasmPlugin cannot hold headers: say `host: { hold_headers: false }` in the policy",
            );
        }
        for (section, then) in [
            ("approval", "what needs a human is refused"),
            (
                "audit",
                "nothing is recorded, and with `required` no answer is released",
            ),
        ] {
            if policy.get(section).is_some() {
                self.warnings.push(format!(
                    "{place}: the policy has `{section}`, but nothing here puts in the console's secret, and a waypoint may not know \
                     its cluster: {then}. Guard at the sidecar or at a gateway, or leave it out"
                ));
            }
        }
    }

    fn policy(&mut self, text: &str, place: &str) -> Option<Value> {
        self.policies += 1;
        if let Err(mistakes) = policy_file::compile(text, self.environment) {
            for mistake in &mistakes.0 {
                self.fault(place, format!("policy: {mistake}"));
            }
        }
        serde_yaml_ng::from_str(text).ok()
    }

    fn tls(&mut self, context: &Value, place: &str) {
        let common = context.get("common_tls_context");
        let validation = common.and_then(|common| {
            common
                .get("validation_context")
                .or_else(|| common.get("combined_validation_context"))
        });
        let sds = common.and_then(|common| common.get("validation_context_sds_secret_config"));
        match (validation, sds) {
            (None, None) => self.fault(
                place,
                "TLS towards a cluster without a `validation_context`: anybody's certificate is taken",
            ),
            (Some(context), _)
                if context.get("trusted_ca").is_some()
                    && context.get("match_typed_subject_alt_names").is_none()
                    && context.get("match_subject_alt_names").is_none() =>
            {
                self.fault(
                    place,
                    "TLS towards a cluster without `match_typed_subject_alt_names`: a certificate made out to another name is taken",
                );
            }
            _ => {}
        }
    }

    /// Filters in one list: who is asked before, what is put in after.
    fn order(&mut self, filters: &[Value], place: &str) {
        let at = |name: &str| {
            filters.iter().position(|filter| {
                filter.get("typed_config").is_some_and(|config| {
                    config
                        .get("@type")
                        .and_then(Value::as_str)
                        .is_some_and(|url| url.contains(name))
                })
            })
        };
        let Some(guard) = at("filters.http.wasm.") else {
            return;
        };
        if at("filters.http.jwt_authn.").is_some_and(|jwt| jwt > guard) {
            self.fault(place, "jwt_authn stands after the guard, which then knows nobody");
        }
        if at("filters.http.router.").is_some_and(|router| router < guard) {
            self.fault(place, "the guard stands after the router and is never asked");
        }
        if at("filters.http.credential_injector.").is_some_and(|injector| injector < guard) {
            self.fault(
                place,
                "credential_injector stands before the guard, which then sees the database's key",
            );
        }
    }

    fn patch(&mut self, patch: &Value, place: &str) {
        if text_at(patch, &["applyTo"]) != Some("HTTP_FILTER") {
            return;
        }
        let listener = patch.get("match").and_then(|found| found.get("listener"));
        if listener.is_some_and(|listener| listener.get("portNumber").is_some())
            && text_at(patch, &["match", "context"]) == Some("SIDECAR_INBOUND")
        {
            self.fault(
                place,
                "`listener.portNumber` leaves out the listener that takes HBONE: say `listener.filterChain.destinationPort`",
            );
        }
        match text_at(patch, &["patch", "operation"]) {
            Some("INSERT_BEFORE") => {
                let before = patch.get("match").and_then(|found| {
                    found
                        .get("listener")?
                        .get("filterChain")?
                        .get("filter")?
                        .get("subFilter")?
                        .get("name")?
                        .as_str()
                });
                if before.is_none() {
                    self.fault(
                        place,
                        "INSERT_BEFORE without `subFilter.name`: the filter lands first, before jwt_authn",
                    );
                }
            }
            Some("ADD") => self.fault(
                place,
                "ADD: the filter lands after the router and is never asked; say INSERT_BEFORE",
            ),
            Some("INSERT_FIRST") => self.fault(
                place,
                "INSERT_FIRST: the filter lands before jwt_authn and knows nobody; say INSERT_BEFORE",
            ),
            _ => {}
        }
        let discovery = patch
            .get("patch")
            .and_then(|patch| patch.get("value")?.get("config_discovery"));
        if let Some(discovery) = discovery {
            let denies = discovery.get("default_config").is_some()
                && discovery
                    .get("apply_default_config_without_warming")
                    .and_then(Value::as_bool)
                    == Some(true);
            if !denies {
                self.fault(
                    place,
                    "no `default_config` with `apply_default_config_without_warming`: a first rollout whose filter cannot start leaves the listener before in force, without a guard",
                );
            }
            let types = discovery.get("type_urls").and_then(Value::as_sequence);
            if !types.is_some_and(|types| {
                types
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|url| url.ends_with("rbac.v3.RBAC"))
            }) {
                self.fault(
                    place,
                    "`type_urls` without RBAC: Envoy refuses what the agent sends when a pull failed",
                );
            }
        }
    }

    /// Patches before the router apply in their order: the credential has to come after the guard.
    fn order_of_patches(&mut self, patches: &[Value], place: &str) {
        let position = |wanted: &dyn Fn(&Value) -> bool| {
            patches.iter().position(|patch| {
                text_at(patch, &["applyTo"]) == Some("HTTP_FILTER")
                    && patch
                        .get("patch")
                        .and_then(|patch| patch.get("value"))
                        .is_some_and(wanted)
            })
        };
        let guard = position(&|value| {
            value.get("config_discovery").is_some()
                || value
                    .get("typed_config")
                    .is_some_and(|config| is_type(config, WASM))
        });
        let injector = position(&|value| {
            value
                .get("typed_config")
                .is_some_and(|config| is_type(config, INJECTOR))
        });
        if let (Some(guard), Some(injector)) = (guard, injector)
            && injector < guard
        {
            self.fault(
                place,
                "the credential's patch stands before the guard's, which then sees the database's key",
            );
        }
    }
}

fn expects_held_headers(policy: &Value) -> bool {
    let said = policy
        .get("host")
        .and_then(Value::as_mapping)
        .and_then(|host: &Mapping| host.get("hold_headers"))
        .and_then(Value::as_bool);
    said != Some(false)
}

#[cfg(test)]
mod tests;
