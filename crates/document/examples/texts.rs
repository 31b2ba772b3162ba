//! Writes generated documents in every format, one JSON object a line, to test other programs that read these formats
//! (`web/src/features/editor/formats.test.ts`). Arguments: the number of documents, and the first seed.

#[path = "../tests/support/generated.rs"]
#[allow(dead_code)]
mod generated;

use document::prose::Prose;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let (count, first) = (numbers.next().ok_or("how many documents?")??, numbers.next().transpose()?.unwrap_or(0));
    for seed in first..first + count {
        let document = generated::Author::new(seed).document();
        let markdown = document.to_markdown();
        let line = json!({
            "seed": seed,
            "document": document.to_json(),
            "html": document.to_html(),
            "read": Prose::from_markdown(&markdown)?.to_json(),
            "markdown": markdown,
        });
        println!("{line}");
    }
    Ok(())
}
