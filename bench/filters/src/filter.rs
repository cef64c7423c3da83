//! The callbacks of the three filters.

use crate::dom;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, BufferType, ContextType, LogLevel, MapType};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root { kind: Kind::Noop }));
}}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Noop,
    Copy,
    Dom,
}

struct Root {
    kind: Kind,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = hostcalls::get_buffer(BufferType::PluginConfiguration, 0, usize::MAX);
        self.kind = match configuration.ok().flatten().unwrap_or_default().as_slice() {
            b"noop" => Kind::Noop,
            b"copy" => Kind::Copy,
            b"dom" => Kind::Dom,
            _ => {
                log::error!("the configuration is one of noop, copy, dom");
                return false;
            }
        };
        true
    }

    fn create_http_context(&self, _context: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { kind: self.kind }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream {
    kind: Kind,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, _end_of_stream: bool) -> Action {
        if self.kind == Kind::Copy {
            copy(BufferType::HttpRequestBody, size);
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        if self.kind != Kind::Noop {
            let _ = hostcalls::remove_map_value(MapType::HttpResponseHeaders, "content-length");
        }
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        match self.kind {
            Kind::Noop => Action::Continue,
            Kind::Copy => {
                copy(BufferType::HttpResponseBody, size);
                Action::Continue
            }
            Kind::Dom if !end_of_stream => Action::Pause,
            Kind::Dom => {
                let body = hostcalls::get_buffer(BufferType::HttpResponseBody, 0, size);
                match body.ok().flatten().and_then(|body| dom::masked(&body)) {
                    Some(masked) => {
                        let _ = hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, &masked);
                    }
                    None => log::error!("an answer that is no JSON"),
                }
                Action::Continue
            }
        }
    }
}

fn copy(body: BufferType, size: usize) {
    if let Ok(Some(bytes)) = hostcalls::get_buffer(body, 0, size) {
        let _ = hostcalls::set_buffer(body, 0, size, &bytes);
    }
}
