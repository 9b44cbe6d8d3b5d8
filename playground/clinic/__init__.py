"""GANs that fall ill: what is measured of them (ward), what sounds (alarms), who there is (case, patients)."""
