"""The plugins that come with brian2_l2l; they use its public names only, as anybody's would."""
