//! Ids of media in a file, which spreadsheets take for numbers and round.

/// Decimal digits that a spreadsheet keeps of a number.
const KEPT_DIGITS: usize = 15;
const ROUNDED: &str = "a spreadsheet has rounded media_id: import that column as text";

/// Whether it can be an id; the error is what is wrong.
pub(super) fn check(id: &str) -> Result<(), String> {
    if !id.is_empty() && id.bytes().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    let is_number = |c: u8| c.is_ascii_digit() || matches!(c, b'.' | b',' | b'+' | b'e' | b'E');
    let is_rounded = id.len() > 1 && id.starts_with(|c: char| c.is_ascii_digit());
    if is_rounded && id.bytes().all(is_number) {
        return Err(format!("media_id is `{id}`: {ROUNDED}"));
    }
    Err(format!("media_id is `{id}`, which is not a number"))
}

/// What is most likely wrong with an id of which there is no media.
pub(super) fn suspicion(id: &str) -> Option<&'static str> {
    (id.len() > KEPT_DIGITS && id.ends_with("0000")).then_some(ROUNDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_makes_of_an_id_is_recognized() {
        assert!(check("1799000000000000001").is_ok());
        for rounded in ["2.12567E+18", "2,12567E+18"] {
            assert!(check(rounded).unwrap_err().contains("rounded"));
        }
        assert!(!check("x").unwrap_err().contains("rounded"));
        assert!(suspicion("2125670000000000000").is_some() && suspicion("5").is_none());
    }
}
