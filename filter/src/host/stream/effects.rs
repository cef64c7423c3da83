//! What an exchange wants done, done: forwarded, asked of others, replied, released.

use super::{From, Sent, Stream};
use crate::dialect::{Lookup, Reply};
use crate::exchange::life::{Effect, LOOKUP_PATIENCE, Waits};
use crate::host::{grpc, now};
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, MapType};
use std::time::Duration;

impl Stream {
    pub(super) fn carry_out(&self, effects: Vec<Effect>, from: From) {
        for effect in effects {
            self.carry_out_one(effect, from);
        }
        self.gauge_held();
        self.note_stake(self.released());
        self.publish_counts();
    }

    fn carry_out_one(&self, effect: Effect, from: From) {
        match effect {
            Effect::Forward { path, body } => {
                self.forward(path.as_deref(), body.as_deref());
                if from == From::Elsewhere {
                    self.body_seen.set(0);
                    let _ = hostcalls::resume_http_request();
                }
            }
            Effect::Lookup(lookups) => {
                for lookup in lookups {
                    self.look_up(lookup, from);
                }
            }
            Effect::Ask { json, wait, timeout } => self.ask(&json, wait, timeout, from),
            Effect::Record { json, waits } => {
                let waiter = (waits == Waits::UntilAccepted).then_some(self.context);
                let intent = self.intent_of_last_record();
                self.worker.record(&json, waiter, intent);
            }
            Effect::Reply(reply) => self.reply(&reply, from),
            Effect::ReleaseAnswer => {
                if from == From::Elsewhere {
                    let _ = hostcalls::resume_http_response();
                }
            }
            Effect::CutOff => {
                self.sent.set(Sent::Reset);
                let _ = hostcalls::reset_http_response();
            }
            Effect::Forget(_) => self.worker.names.forget(),
        }
    }

    fn forward(&self, path: Option<&str>, body: Option<&[u8]>) {
        if let Some(path) = path {
            let _ = hostcalls::set_map_value(MapType::HttpRequestHeaders, ":path", Some(path));
        }
        if let Some(body) = body {
            if self.worker.guard.policy.host().hold_headers {
                let length = body.len().to_string();
                let _ =
                    hostcalls::set_map_value(MapType::HttpRequestHeaders, "content-length", Some(&length));
            }
            let _ = hostcalls::set_buffer(BufferType::HttpRequestBody, 0, self.body_size.get(), body);
        }
    }

    fn look_up(&self, lookup: Lookup, from: From) {
        let policy = &self.worker.guard.policy;
        let Some(database) = policy.lookup() else {
            log::error!("names: the policy has no lookup section");
            self.looked_up(&lookup, None, from);
            return;
        };
        let cluster = if grpc::is_call(&lookup.headers) {
            database.grpc_cluster()
        } else {
            &database.cluster
        };
        let mut headers = vec![
            (":method", lookup.method),
            (":path", lookup.path.as_str()),
            (":authority", database.authority()),
            ("accept-encoding", "identity"),
        ];
        headers.extend(
            lookup
                .headers
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let body = (!lookup.body.is_empty()).then_some(lookup.body.as_slice());
        match hostcalls::dispatch_http_call(cluster, headers, body, Vec::new(), LOOKUP_PATIENCE) {
            Ok(token) => {
                self.lookups.borrow_mut().insert(token, lookup);
            }
            Err(status) => {
                log::error!("names: the cluster {cluster} cannot be called: {status:?}");
                self.looked_up(&lookup, None, from);
            }
        }
    }

    pub(super) fn looked_up(&self, lookup: &Lookup, answer: Option<(u16, &[u8])>, from: From) {
        let now = now();
        let (found, effects) = self
            .with(|exchange| exchange.looked_up(lookup, answer, &self.worker.names.at(now), now))
            .unwrap_or_default();
        if let Some((key, named)) = found {
            self.worker.names.keep(key, named, now);
        }
        self.carry_out(effects, from);
    }

    fn ask(&self, json: &[u8], wait: Duration, timeout: Duration, from: From) {
        let Some(approval) = self.worker.guard.policy.approval() else {
            return;
        };
        let path = format!("{}?wait={}", approval.path, wait.as_secs());
        let sent = hostcalls::dispatch_http_call(
            &approval.cluster,
            vec![
                (":method", "POST"),
                (":path", path.as_str()),
                (":authority", approval.authority()),
                ("content-type", "application/json"),
            ],
            Some(json),
            Vec::new(),
            timeout,
        );
        match sent {
            Ok(token) => self.asked.set(Some(token)),
            Err(status) => {
                log::error!(
                    "approvals: the cluster {} cannot be called: {status:?}",
                    approval.cluster
                );
                let effects = self
                    .with(|exchange| exchange.asked(None, &[], now()))
                    .unwrap_or_default();
                self.carry_out(effects, from);
            }
        }
    }

    fn reply(&self, reply: &Reply, from: From) {
        if self.is_grpc.get() && self.stands_in(reply) {
            if from == From::Elsewhere {
                let _ = hostcalls::resume_http_request();
            }
            return;
        }
        self.sent.set(Sent::Reply);
        let sent = match grpc::as_status(reply) {
            Some(status) if self.is_grpc.get() => status.send(),
            _ => {
                let headers = reply
                    .headers
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_str()))
                    .collect();
                hostcalls::send_http_response(u32::from(reply.status), headers, Some(&reply.body))
            }
        };
        if let Err(status) = sent {
            log::error!("a refusal could not be sent: {status:?}");
        }
    }

    /// Turns a request that is refused into a call that asks nothing, whose answer will be the refusal. Not where the
    /// refusal is no message, or the request's head has left already.
    fn stands_in(&self, reply: &Reply) -> bool {
        let holds = self.worker.guard.policy.host().hold_headers && !self.request_left.get();
        let path = self.worker.guard.dialect.stand_in().filter(|_| holds);
        let (Some(path), Some(stand_in)) = (path, grpc::StandIn::of(reply)) else {
            return false;
        };
        let set = |name, value| hostcalls::set_map_value(MapType::HttpRequestHeaders, name, value);
        let replaced = set(":path", Some(path)).and_then(|()| set("content-length", None));
        if replaced.is_err() {
            return false;
        }
        if self.body_size.get() > 0 && !self.empty_body(self.body_size.get()) {
            return false;
        }
        self.sent.set(Sent::StandIn);
        *self.stand_in.borrow_mut() = Some(stand_in);
        true
    }

    /// Puts an empty message in the place of what came of the body, and nothing in that of what comes later.
    pub(super) fn empty_body(&self, size: usize) -> bool {
        let empty: &[u8] = if self.body_emptied.replace(true) {
            &[]
        } else {
            &grpc::EMPTY
        };
        hostcalls::set_buffer(BufferType::HttpRequestBody, 0, size, empty).is_ok()
    }
}
