//! Valid HDF5 files, which h5py wrote: see `hdf5/make.py`.

pub(crate) fn hdf5() -> Vec<Vec<u8>> {
    let files: [&[u8]; 6] = [
        include_bytes!("hdf5/plain.h5"),
        include_bytes!("hdf5/tree.h5"),
        include_bytes!("hdf5/fixed.h5"),
        include_bytes!("hdf5/longer.h5"),
        include_bytes!("hdf5/larger.h5"),
        include_bytes!("hdf5/bool.h5"),
    ];
    files.map(<[u8]>::to_vec).into()
}
