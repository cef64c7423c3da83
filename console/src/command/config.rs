//! `vectorgate config`: Envoy's or Istio's configuration with a policy inside, made from what `envoy/` ships.

use super::asked::STAND_IN_KEY;
use super::{Outcome, policy_file, unpack};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write Envoy's or Istio's configuration with a policy inside
///
/// Checks the policy first, and prints what `envoy/` ships with it put in. What is yours beside the policy can be said
/// here for the most common part; for more there is the Helm chart, made of the same templates. Secrets are never
/// printed: the manifests name the Secret `vectorgate-credentials`.
#[derive(Debug, Args)]
pub(super) struct Config {
    /// The policy file, YAML or JSON
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,

    /// What to write
    #[arg(long = "for", value_name = "SHAPE", value_enum)]
    shape: Shape,

    /// Namespace of the database, and of all that is written (Istio)
    #[arg(long, value_name = "NAME", default_value = "vectordb", value_parser = namespace)]
    namespace: String,

    /// Label of the database's pods (istio-sidecar)
    #[arg(long, value_name = "KEY=VALUE", default_value = "app=chroma", value_parser = label)]
    label: (String, String),

    /// Container port of the database (istio-sidecar)
    #[arg(long, value_name = "PORT", default_value_t = 8000, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,

    /// The module, as it is or compressed: its digest becomes part of the name under which proxies look for it
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
}

/// What `vectorgate config` can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// EnvoyFilter and what belongs to it, at the database's own pods
    IstioSidecar,
    /// A gateway of its own in front of a database outside the mesh
    IstioGateway,
    /// WasmPlugin at an ambient waypoint
    IstioWaypoint,
    /// A whole bootstrap for a plain Envoy
    Envoy,
}

impl Shape {
    /// The shipped files.
    fn files(self) -> &'static [&'static str] {
        macro_rules! shipped {
            ($($path:literal),+ $(,)?) => { &[$(include_str!(concat!("../../../envoy/", $path))),+] };
        }
        match self {
            Shape::IstioSidecar => shipped!(
                "istio/base/console.yaml",
                "istio/overlays/sidecar/envoyfilter.yaml",
                "istio/overlays/sidecar/identity.yaml",
                "istio/overlays/sidecar/network.yaml",
                "istio/overlays/sidecar/console-access.yaml",
            ),
            Shape::IstioGateway => shipped!(
                "istio/base/console.yaml",
                "istio/overlays/gateway/envoyfilter.yaml",
                "istio/overlays/gateway/identity.yaml",
                "istio/overlays/gateway/network.yaml",
                "istio/overlays/gateway/console-access.yaml",
                "istio/overlays/gateway/gateway.yaml",
            ),
            Shape::IstioWaypoint => shipped!(
                "istio/overlays/waypoint/waypoint.yaml",
                "istio/overlays/waypoint/identity.yaml",
                "istio/overlays/waypoint/network.yaml",
            ),
            Shape::Envoy => shipped!("standalone.yaml"),
        }
    }
}

/// A name as Kubernetes has it: it stands in the middle of other texts.
fn namespace(text: &str) -> Result<String, String> {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let right = (1..=63).contains(&text.len())
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-');
    match right {
        true => Ok(text.to_owned()),
        false => Err("1 to 63 small letters, digits and `-`, none at its ends".to_owned()),
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "write it as KEY=VALUE".to_owned())
}

impl Config {
    pub(super) fn run(self) -> Outcome {
        let environment = |name: &str| std::env::var(name).ok().or_else(|| Some(STAND_IN_KEY.to_owned()));
        if let Err(mistakes) = policy_file::read(&self.policy, &environment) {
            eprintln!("{mistakes}");
            return Ok(ExitCode::FAILURE);
        }
        let policy: Value = serde_yaml_ng::from_str(&policy_file::text(&self.policy)?)?;
        let digest = match &self.module {
            Some(path) => {
                let bytes = unpack::module(path).map_err(|why| format!("{}: {why}", path.display()))?;
                Some(hex(&Sha256::digest(bytes)[..6]))
            }
            None => None,
        };
        let mut written = Vec::new();
        for text in self.shape.files() {
            for document in serde_yaml_ng::Deserializer::from_str(&self.named(text, digest.as_deref())) {
                let mut document = Value::deserialize(document)?;
                if document.is_null() {
                    continue;
                }
                if self.shape == Shape::IstioSidecar {
                    self.relabel(&mut document);
                }
                put_policy(&mut document, &policy, self.shape)?;
                written.push(serde_yaml_ng::to_string(&document)?);
            }
        }
        print!("{}", written.join("---\n"));
        Ok(ExitCode::SUCCESS)
    }

    /// The text with the names that stand in many places.
    fn named(&self, text: &str, digest: Option<&str>) -> String {
        let mut text = text.to_owned();
        if self.shape != Shape::Envoy {
            text = text
                .replace("namespace: vectordb", &format!("namespace: {}", self.namespace))
                .replace(".vectordb.svc.", &format!(".{}.svc.", self.namespace))
                .replace("/ns/vectordb/", &format!("/ns/{}/", self.namespace));
        }
        match digest {
            Some(digest) => text.replace(
                "vectorgate-000000000000.wasm",
                &format!("vectorgate-{digest}.wasm"),
            ),
            None => text,
        }
    }

    /// Other labels and another port than the shipped ones.
    fn relabel(&self, value: &mut Value) {
        match value {
            Value::Mapping(mapping) => {
                if mapping.len() == 1 && mapping.get("app").and_then(Value::as_str) == Some("chroma") {
                    let (key, value) = &self.label;
                    *mapping = Mapping::from_iter([(key.as_str().into(), value.as_str().into())]);
                    return;
                }
                for (key, value) in mapping.iter_mut() {
                    match (key.as_str(), value.as_u64()) {
                        (Some("destinationPort" | "port" | "port_value"), Some(8000)) => {
                            *value = self.port.into()
                        }
                        (Some("ports"), None) => {
                            for port in value.as_sequence_mut().into_iter().flatten() {
                                if port.as_str() == Some("8000") {
                                    *port = self.port.to_string().into();
                                }
                            }
                            self.relabel(value);
                        }
                        _ => self.relabel(value),
                    }
                }
            }
            Value::Sequence(sequence) => sequence.iter_mut().for_each(|value| self.relabel(value)),
            _ => {}
        }
    }
}

/// Puts the policy where the shipped one stands. In Istio the clusters are those that Istio makes; a waypoint cannot
/// hold headers, nor carry the console's secret.
fn put_policy(
    value: &mut Value,
    policy: &Value,
    shape: Shape,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match value {
        Value::Mapping(mapping) => {
            if let Some(shipped) = mapping.get_mut("pluginConfig") {
                *shipped = fitted(policy, shipped, shape)?;
                return Ok(());
            }
            if let Some(text) = mapping
                .get("configuration")
                .and_then(|value| value.get("value")?.as_str())
            {
                let shipped: Value = serde_yaml_ng::from_str(text)?;
                let fitted = serde_json::to_string_pretty(&fitted(policy, &shipped, shape)?)?;
                if let Some(Value::Mapping(configuration)) = mapping.get_mut("configuration") {
                    configuration.insert("value".into(), fitted.into());
                }
                return Ok(());
            }
            for (_, value) in mapping.iter_mut() {
                put_policy(value, policy, shape)?;
            }
        }
        Value::Sequence(sequence) => {
            for value in sequence {
                put_policy(value, policy, shape)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn fitted(
    policy: &Value,
    shipped: &Value,
    shape: Shape,
) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let mut policy = policy.clone();
    let Value::Mapping(sections) = &mut policy else {
        return Err("the policy is no mapping".into());
    };
    if shape == Shape::IstioWaypoint {
        for section in ["approval", "audit"] {
            if sections.contains_key(section) {
                return Err(format!(
                    "a waypoint cannot carry the console's secret: leave `{section}` out of the policy, or guard at the sidecar or at a gateway"
                )
                .into());
            }
        }
        sections.insert(
            "host".into(),
            Value::Mapping(Mapping::from_iter([("hold_headers".into(), false.into())])),
        );
    }
    if shape != Shape::Envoy {
        for section in ["approval", "audit", "lookup"] {
            let (Some(Value::Mapping(own)), Some(made)) = (sections.get_mut(section), shipped.get(section))
            else {
                continue;
            };
            for name in ["cluster", "authority"] {
                if let Some(value) = made.get(name) {
                    own.insert(name.into(), value.clone());
                }
            }
        }
    }
    Ok(policy)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
