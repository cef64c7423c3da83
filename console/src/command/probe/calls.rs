//! The calls that the probe makes, as rows.

use super::Database;

/// What must come of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Must {
    /// An answer that refuses.
    BeRefused,
    /// An answer that refuses, or no connection at all.
    BeRefusedOrClosed,
    /// A good answer.
    Pass,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    /// What it is, for people.
    pub(super) title: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: Option<&'static str>,
    /// Whether it carries the token.
    pub(super) needs_token: bool,
    pub(super) must: Must,
}

const fn refused(
    title: &'static str,
    method: &'static str,
    path: &'static str,
    body: Option<&'static str>,
) -> Call {
    Call {
        title,
        method,
        path,
        body,
        needs_token: false,
        must: Must::BeRefused,
    }
}

const CHROMA: [Call; 5] = [
    refused(
        "nobody lists collections",
        "GET",
        "/api/v2/tenants/default_tenant/databases/default_database/collections",
        None,
    ),
    refused(
        "nobody reads without a bound",
        "POST",
        "/api/v2/tenants/default_tenant/databases/default_database/collections/00000000-0000-0000-0000-000000000000/get",
        Some("{}"),
    ),
    refused("a path that is none", "GET", "/api/v2/vectorgate-probe", None),
    Call {
        needs_token: true,
        ..refused(
            "a path that is none, by one who is known",
            "GET",
            "/api/v2/vectorgate-probe",
            None,
        )
    },
    Call {
        title: "a call that everyone who is known may make",
        method: "GET",
        path: "/api/v2/heartbeat",
        body: None,
        needs_token: true,
        must: Must::Pass,
    },
];

const QDRANT: [Call; 5] = [
    refused("nobody lists collections", "GET", "/collections", None),
    refused(
        "nobody reads without a bound",
        "POST",
        "/collections/vectorgate-probe/points/scroll",
        Some("{\"limit\":1000000}"),
    ),
    refused("a path that is none", "GET", "/vectorgate-probe", None),
    Call {
        needs_token: true,
        ..refused(
            "a path that is none, by one who is known",
            "GET",
            "/vectorgate-probe",
            None,
        )
    },
    Call {
        title: "a call that everyone who is known may make",
        method: "GET",
        path: "/",
        body: None,
        needs_token: true,
        must: Must::Pass,
    },
];

const CHROMA_TWIN: Call = Call {
    must: Must::BeRefusedOrClosed,
    ..refused(
        "the database around the guard",
        "GET",
        "/api/v2/tenants/default_tenant/databases/default_database/collections",
        None,
    )
};

const QDRANT_TWIN: Call = Call {
    must: Must::BeRefusedOrClosed,
    ..refused("the database around the guard", "GET", "/collections", None)
};

/// The calls at an address that applications use.
pub(super) fn of(database: Database) -> &'static [Call] {
    match database {
        Database::Chroma => &CHROMA,
        Database::Qdrant => &QDRANT,
    }
}

/// The call at an address that must not lead to the database.
pub(super) fn twin(database: Database) -> &'static Call {
    match database {
        Database::Chroma => &CHROMA_TWIN,
        Database::Qdrant => &QDRANT_TWIN,
    }
}
