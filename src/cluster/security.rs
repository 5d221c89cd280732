//! SMB signing and encryption between the nodes.
//!
//! **Modelled.** Processor time a byte of payload at both ends, on the cores, and the 52 bytes of
//! the transform header of encrypted messages. The algorithm by version: messages are signed with
//! AES-128-CMAC, since Windows Server 2022 with AES-128-GMAC; encrypted with AES-128-CCM, since
//! 2016 with AES-128-GCM. Encryption authenticates as well, so what is encrypted is not signed.
//! SMB Direct: before 2022 encrypted data cannot be placed by RDMA and travels in sends, with the
//! copies of TCP; signing then covers the messages but not the data placed. Since 2022 the data is
//! transformed before and after its placement.
//! **Not modelled.** AES-256, offload, compression.
//!
//! Neither is on by default in a cluster, but signing since Windows Server 2025, where clients ask
//! for it; that CSV traffic follows this default is an assumption.
//! Sources: <https://learn.microsoft.com/openspecs/windows_protocols/ms-smb2/> 2.2.41, 3.1.4.1,
//! 2.2.43.1; <https://learn.microsoft.com/windows-server/storage/file-server/smb-security>.

use super::build::{Build, CompileError};
use crate::network::{Service, Step, Visit};
use crate::policy::Transport;
use crate::topology::{NodeId, WindowsVersion};

/// Bytes of the header of an encrypted message.
pub(super) const TRANSFORM_HEADER: u32 = 52;

impl Build<'_> {
    /// The parameter with the cost a byte of payload, if payload costs anything.
    fn security_cost(&self, transport: Transport) -> Option<&'static str> {
        let windows = self.cluster.windows;
        let smb = &self.cluster.smb;
        let transforms = windows >= WindowsVersion::W2022;
        let direct = matches!(transport, Transport::Rdma(_));
        if smb.encryption {
            let gcm = windows >= WindowsVersion::W2016;
            Some(if gcm { "smb.encryption.gcm-per-byte" } else { "smb.encryption.ccm-per-byte" })
        } else if smb.signing && transforms {
            Some("smb.signing.gmac-per-byte")
        } else if smb.signing && !direct {
            Some("smb.signing.cmac-per-byte")
        } else {
            None
        }
    }

    /// Whether RDMA places no data for this session.
    pub(super) fn no_placement(&self) -> bool {
        self.cluster.smb.encryption && self.cluster.windows < WindowsVersion::W2022
    }

    /// The work on the payload at one end.
    pub(super) fn security(
        &mut self,
        node: NodeId,
        role: &'static str,
        transport: Transport,
    ) -> Result<Vec<Step>, CompileError> {
        let Some(name) = self.security_cost(transport) else { return Ok(Vec::new()) };
        let cores = self.cores(node)?;
        let relative = format!("cpus.{}.relative-cost", self.cluster.nodes[node].cpu);
        let per_byte = self.ps(name)? * self.value(&relative)?;
        let service = Service::time(0.0, per_byte, self.shape("software.scv")?);
        Ok(vec![Visit::new(cores, role, service).from(&[name, &relative]).into()])
    }

    /// Tells what signing and encryption do to a session.
    pub(super) fn tell_security(&mut self, subject: &str, transport: Transport) {
        let smb = &self.cluster.smb;
        let direct = matches!(transport, Transport::Rdma(_));
        if let Some(name) = self.security_cost(transport) {
            let what = if smb.encryption { "encrypted" } else { "signed" };
            let cost = self.value(name).unwrap_or(0.0) * 1e9;
            let text = format!("messages are {what}: {cost:.2} ns a byte of payload at both ends");
            self.tell(subject, text);
        }
        if direct && self.no_placement() {
            self.warn(
                subject,
                "encryption keeps RDMA from placing data before Windows Server 2022, so SMB \
                 Direct sends and copies it like TCP",
            );
        } else if direct
            && smb.signing
            && !smb.encryption
            && self.security_cost(transport).is_none()
        {
            let text = "signing covers the messages, but not the data RDMA places, before \
                        Windows Server 2022";
            self.tell(subject, text);
        }
    }
}
