//! Reads what `json`, `jsonl` and `sarif` wrote, each into the form of `json`: reports are joined from any of them. Fields that are not known
//! are passed over, as the contract allows; one that must be there and is not makes the text no report of ours.

use serde_json::{Map, Value, json};

/// The report in the form of `json`.
///
/// # Errors
/// The text is no report of this program.
pub fn read_report(text: &str) -> Result<Value, String> {
    let report = match serde_json::from_str::<Value>(text) {
        Ok(value) if value.get("runs").is_some() => from_sarif(&value)?,
        Ok(value) if value.get("type").is_none() => value,
        // A single value with a type is a file of one line; anything else may be a file of several.
        _ => from_lines(text)?,
    };
    let version = report.get("version").and_then(Value::as_u64);
    let tool = report["scan"].get("tool").and_then(Value::as_str);
    match (version, tool) {
        (Some(1), Some("invoca-scan")) => Ok(report),
        (Some(later @ 2..), Some("invoca-scan")) => Err(format!(
            "version {later} of the contract: update this program"
        )),
        _ => Err("not a report of invoca-scan in json, jsonl or sarif".to_owned()),
    }
}

fn from_lines(text: &str) -> Result<Value, String> {
    let mut report = Map::new();
    let lists = [
        ("finding", "findings"),
        ("story", "stories"),
        ("suppressed", "suppressed"),
        ("problem", "problems"),
        ("left_out", "left_out"),
    ];
    for (_, list) in lists {
        report.insert(list.to_owned(), json!([]));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let mut record: Value =
            serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        let kind = record["type"].as_str().unwrap_or_default().to_owned();
        if kind == "scan" {
            report.insert("version".to_owned(), record["contract"].take());
        }
        if kind == "scan" || kind == "summary" {
            report.insert(kind, record);
        } else if let Some((_, list)) = lists.iter().find(|(name, _)| *name == kind)
            && let Some(items) = report.get_mut(*list).and_then(Value::as_array_mut)
        {
            items.push(record);
        }
    }
    if !report.contains_key("summary") {
        return Err("the summary is missing: the file was cut".to_owned());
    }
    Ok(Value::Object(report))
}

fn from_sarif(log: &Value) -> Result<Value, String> {
    let runs = log["runs"].as_array().map_or(&[][..], Vec::as_slice);
    let [run] = runs else {
        return Err(format!(
            "{} runs: only what a single scan wrote can be joined",
            runs.len()
        ));
    };
    if run["properties"]["mode"] == "merge" {
        return Err(
            "joined already; join the reports themselves, or a joined one in json".to_owned(),
        );
    }
    let (invocation, properties) = (&run["invocations"][0], &run["properties"]);
    let results = run["results"].as_array().map_or(&[][..], Vec::as_slice);
    let (mut findings, mut suppressed) = (Vec::new(), Vec::new());
    for result in results {
        let mut finding = from_result(result, &run["tool"]["driver"]["rules"]);
        match result["suppressions"].get(0) {
            Some(suppression) => {
                finding["suppression"] = suppression["properties"].clone();
                suppressed.push(finding);
            }
            None => findings.push(finding),
        }
    }
    let problems: Vec<Value> = invocation["toolExecutionNotifications"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|note| {
            json!({
                "kind": note["descriptor"]["id"],
                "object": note["properties"]["object"],
                "cause": note["properties"]["cause"],
                "consequence": note["properties"]["consequence"],
                "next": note["properties"]["next"],
            })
        })
        .collect();
    let driver = &run["tool"]["driver"];
    Ok(json!({
        "version": 1,
        "scan": {
            "tool": driver["name"],
            "version": driver["version"],
            "rules_digest": properties["rulesDigest"],
            "config_digest": properties["configDigest"],
            "mode": properties["mode"],
            "repository": properties["repository"],
            "head": run["versionControlProvenance"][0]["revisionId"],
            "counts": { "files": properties["files"], "bytes": properties["bytes"] },
            "start": invocation["startTimeUtc"],
            "end": invocation["endTimeUtc"],
            "complete": invocation["executionSuccessful"],
        },
        "findings": findings,
        "suppressed": suppressed,
        "problems": problems,
        "summary": properties["summary"],
    }))
}

fn from_result(result: &Value, rules: &Value) -> Value {
    let place = &result["locations"][0]["physicalLocation"];
    let region = &place["region"];
    let properties = &result["properties"];
    let uri = place["artifactLocation"]["uri"]
        .as_str()
        .unwrap_or_default();
    let path = match uri.starts_with("no-path/") {
        true => Value::Null,
        false => Value::String(decoded(uri)),
    };
    let at = result["ruleIndex"].as_u64().unwrap_or(u64::MAX);
    let rule = usize::try_from(at).ok().and_then(|at| rules.get(at));
    let title = rule.and_then(|rule| rule["shortDescription"]["text"].as_str());
    json!({
        "rule_id": result["ruleId"],
        "title": title.map(|text| text.trim_end_matches('.')),
        "path": path,
        "line": region["startLine"],
        "column": region["startColumn"],
        "end_line": region["endLine"],
        "end_column": region["endColumn"],
        "level": result["level"],
        "severity": properties["severity"],
        "confidence": properties["confidence"],
        "secret": result["message"]["arguments"][0],
        "fingerprint": result["partialFingerprints"]["invocaScan/v1"],
        "secret_id": properties["secretId"],
        "origin": properties["origin"],
        "commit": properties["commit"],
        "excerpt": place["contextRegion"]["snippet"]["text"],
        "encoding": properties["encoding"],
    })
}

/// A relative reference as a path.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    crate::text::Name::new(bytes).to_text()
}
