//! The databases that a policy can name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A vector database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// Chroma, REST API v2.
    Chroma,
    /// Qdrant.
    Qdrant,
    /// Milvus.
    Milvus,
    /// Weaviate.
    Weaviate,
    /// Pinecone.
    Pinecone,
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    Opensearch,
}

impl Database {
    /// The word that policies and records use.
    pub fn as_str(self) -> &'static str {
        match self {
            Database::Chroma => "chroma",
            Database::Qdrant => "qdrant",
            Database::Milvus => "milvus",
            Database::Weaviate => "weaviate",
            Database::Pinecone => "pinecone",
            Database::Elasticsearch => "elasticsearch",
            Database::Opensearch => "opensearch",
        }
    }

    /// Whether its requests address collections by something other than the names that policies use, so that the
    /// filter must ask for them.
    pub fn addresses_by_id(self) -> bool {
        matches!(self, Database::Chroma | Database::Qdrant | Database::Milvus)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
