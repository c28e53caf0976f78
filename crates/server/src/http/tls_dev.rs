//! `--tls-dev`: certificates for the hosts that clients hard-code, from a local CA created on first
//! use. For development and tests only: trusting the CA means trusting this data directory.

use anyhow::Context;
use birdhouse_core::host::disk::make_private_dir;
use birdhouse_domain::hosts::WELL_KNOWN_HOSTS;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Directory of the certificates, in the data directory.
pub const DIR: &str = "tls-dev";

/// A TLS acceptor with the development certificates, which are created on first use.
pub fn acceptor(data_dir: &Path) -> anyhow::Result<TlsAcceptor> {
    let dir = data_dir.join(DIR);
    if !dir.join("server.key").exists() {
        create(&dir).context("cannot create the development certificates")?;
    }
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(dir.join("server.pem"))?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(dir.join("server.key"))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn create(dir: &Path) -> anyhow::Result<()> {
    make_private_dir(dir)?;
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, "Birdhouse development authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_certificate = ca.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca, ca_key);

    let more_names = ["twitter.com", "x.com", "localhost", "127.0.0.1", "::1"];
    let names: Vec<String> =
        WELL_KNOWN_HOSTS.iter().chain(&more_names).map(|name| (*name).to_owned()).collect();
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "Birdhouse development server");
    server.use_authority_key_identifier_extension = true;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = server.signed_by(&key, &issuer)?;

    write(&dir.join("ca.pem"), &ca_certificate.pem())?;
    write(&dir.join("server.pem"), &format!("{}{}", certificate.pem(), ca_certificate.pem()))?;
    // Written last: its presence means that all files are complete.
    write(&dir.join("server.key"), &key.serialize_pem())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let temporary = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(fs::rename(temporary, path)?)
}
