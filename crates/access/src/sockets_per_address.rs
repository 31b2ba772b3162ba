//! Limits the number of open sockets per address.

use std::net::IpAddr;
use std::sync::Arc;

use dashmap::DashMap;
use endpoint::Error;

/// Open sockets by address.
#[derive(Clone, Default)]
pub struct Addresses(Arc<DashMap<IpAddr, usize>>);

/// One counted socket. Dropping this lowers the count.
pub struct Entry {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// Counts a socket.
    ///
    /// # Errors
    /// [`Error::TooManyConnections`] when this address already has `most` sockets.
    pub fn enter(&self, address: IpAddr, most: usize) -> Result<Entry, Error> {
        let mut count = self.0.entry(address).or_insert(0);
        if *count >= most {
            return Err(Error::TooManyConnections);
        }
        *count += 1;
        drop(count);
        Ok(Entry { addresses: self.clone(), address })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(mut count) = self.addresses.0.get_mut(&self.address) {
            *count -= 1;
        }
        self.addresses.0.remove_if(&self.address, |_, count| *count == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bound_and_gets_its_places_back() {
        let addresses = Addresses::default();
        let address = IpAddr::from([127, 0, 0, 1]);
        let first = addresses.enter(address, 2).expect("a free place");
        let _second = addresses.enter(address, 2).expect("a free place");
        assert!(addresses.enter(address, 2).is_err());
        drop(first);
        assert!(addresses.enter(address, 2).is_ok());
        assert_eq!(addresses.0.len(), 1);
    }
}
