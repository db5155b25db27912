//! As much of the Model Context Protocol as two tools need.

use serde_json::{Value, json};

/// The versions that are spoken, the newest first.
const VERSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// JSON-RPC 2.0 section 5.1.
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

/// What a message asks for.
pub(crate) enum Call<'a> {
    /// A note is to be added.
    Add(&'a str),
    /// Something that is answered by this result, whoever asks.
    Known(Value),
    /// All notes.
    List,
    /// Nothing that wants an answer.
    Notification,
    /// What there is not, by its code.
    Unknown(i32, &'static str),
}

impl<'a> Call<'a> {
    pub(crate) fn read(message: &'a Value) -> Self {
        let Some(method) = message["method"].as_str() else {
            return Self::Unknown(INVALID_REQUEST, "a method is missing");
        };
        if message.get("id").is_none() {
            return Self::Notification;
        }
        match method {
            "initialize" => Self::Known(initialize(&message["params"])),
            "ping" => Self::Known(json!({})),
            "tools/list" => Self::Known(json!({"tools": tools()})),
            "tools/call" => Self::tool(&message["params"]),
            _ => Self::Unknown(METHOD_NOT_FOUND, "this method is not known"),
        }
    }

    fn tool(params: &'a Value) -> Self {
        match (params["name"].as_str(), params["arguments"]["text"].as_str()) {
            (Some("list_notes"), _) => Self::List,
            (Some("add_note"), Some(text)) => Self::Add(text),
            (Some("add_note"), None) => Self::Unknown(INVALID_PARAMS, "`text` is missing"),
            _ => Self::Unknown(INVALID_PARAMS, "this tool is not known"),
        }
    }
}

/// The version that the client wants if it is spoken here; else the newest.
fn initialize(params: &Value) -> Value {
    let wanted = VERSIONS.into_iter().find(|version| params["protocolVersion"] == *version);
    json!({
        "protocolVersion": wanted.unwrap_or(VERSIONS[0]),
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "notes", "version": env!("CARGO_PKG_VERSION")},
    })
}

fn tools() -> Value {
    let text = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
    json!([
        {"name": "list_notes", "description": "Every note", "inputSchema": {"type": "object"}},
        {"name": "add_note", "description": "Adds a note", "inputSchema": text},
    ])
}

pub(crate) fn tool_result(text: &str) -> Value {
    json!({"result": {"content": [{"type": "text", "text": text}]}})
}
