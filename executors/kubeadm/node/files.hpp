#pragma once
#include <string>

#include "node/host.hpp"

namespace cu::node {

/// Private to real_host: what std::filesystem does not do as we need it.

/// "<what> <path>: <errno's words>".
base::Error FromErrno(const std::string& what, const std::string& path);

/// All bytes of an open file into `to`, made with `mode`, and synced.
Status CopyBytes(int from, const std::string& to, unsigned mode);

/// A tree with modes, owners, times and links; a file that vanishes meanwhile is left out, since a
/// live etcd removes files. Synced as a whole.
Status CopyTree(const std::string& from, const std::string& to);

/// The folder's own entry of names on disk.
Status SyncFolder(const std::string& folder);

/// "/a/b" of "/a/b/c".
std::string FolderOf(const std::string& path);

}  // namespace cu::node
