//! OAuth parameters: urlencoded forms and the `Authorization` header.

use birdhouse_oauth::header;
use birdhouse_oauth::params::Params;

/// A urlencoded form is parsed to the same parameters after it has been printed.
pub fn form(bytes: &[u8]) {
    let Ok(params) = Params::parse(bytes) else { return };
    let printed = params.print();
    assert_eq!(Params::parse(printed.as_bytes()), Ok(params), "printed as {printed}");
}

/// An accepted `Authorization` header is parsed to the same parameters after it has been printed.
pub fn authorization(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(params) = header::parse(text) else { return };
    assert!(params.get("realm").is_none(), "no signature covers the realm");
    // A header without parameters is accepted (its signature is then missing) but never printed.
    if params.is_empty() {
        return;
    }
    let printed = header::print(&params);
    assert_eq!(header::parse(&printed).as_ref(), Ok(&params), "printed as {printed}");
}
