#include "node/real_host.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace cu::node {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "upgrade-node-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void Put(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE(
    "a file is replaced as a whole, keeps its mode and its link, and nothing stays beside it") {
  const Folder folder;
  RealHost host("/none");
  Put(folder / "real", "old");
  ::chmod((folder / "real").c_str(), 0640);
  fs::create_symlink("real", folder / "link");
  REQUIRE(host.Write(folder / "link", "new").ok());
  CHECK(host.Read(folder / "real") == "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK((fs::status(folder / "real").permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
  CHECK(host.List(folder / "").size() == 2);
  REQUIRE(host.Write(folder / "a/b/c", "text").ok());
  CHECK(host.Read(folder / "a/b/c") == "text");
}

TEST_CASE("a folder is copied with modes, links and times") {
  const Folder folder;
  RealHost host("/none");
  Put(folder / "from/member/db", std::string(300000, 'x'));
  ::chmod((folder / "from/member").c_str(), 0700);
  fs::create_symlink("db", folder / "from/member/link");
  REQUIRE(host.Copy(folder / "from", folder / "backups/1/etcd").ok());
  CHECK(host.Read(folder / "backups/1/etcd/member/db") == std::string(300000, 'x'));
  CHECK(fs::read_symlink(folder / "backups/1/etcd/member/link") == "db");
  CHECK((fs::status(folder / "backups/1/etcd/member").permissions() & fs::perms::all) ==
        fs::perms::owner_all);
  CHECK(fs::last_write_time(folder / "backups/1/etcd/member/db") ==
        fs::last_write_time(folder / "from/member/db"));
  CHECK(host.SizeOf(folder / "from") >= 300000);
  REQUIRE(host.Remove(folder / "backups").ok());
  CHECK_FALSE(host.Exists(folder / "backups"));
  CHECK(host.Remove(folder / "backups").ok());
}

TEST_CASE("a program's output, status and end by time are told apart") {
  RealHost host("/none");
  const Outcome both = host.Run(
      {std::string("sh"), {"-c", "echo out; echo err >&2; exit 3"}, std::chrono::seconds(20)});
  CHECK(both.status == 3);
  CHECK(both.out == "out\n");
  CHECK(both.all.find("err") != std::string::npos);
  CHECK(host.Run({std::string("no-such-program"), {}}).status == 127);
  const Outcome late = host.Run({std::string("sleep"), {"60"}, std::chrono::seconds(1)});
  CHECK(late.timed_out);
  CHECK_FALSE(late.ok());
}

TEST_CASE("processes are found by their whole command") {
  RealHost host("/none");
  bool found = false;
  for (const Process& process : host.Processes()) {
    found = found || process.pid == ::getpid();
  }
  CHECK(found);
}

TEST_CASE("a second run is told who holds the lock") {
  const Folder folder;
  RealHost first("/none");
  RealHost second("/none");
  REQUIRE(first.Lock(folder / "state/lock", "cp1, attempt 1", std::chrono::seconds(1)).ok());
  const Status refused =
      second.Lock(folder / "state/lock", "cp1, attempt 2", std::chrono::seconds(0));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("cp1, attempt 1, process ") != std::string::npos);
}

TEST_CASE("a tool of the image that is missing is named") {
  RealHost host("/none");
  CHECK(host.Enter("/").error().message == "open /none/kubeadm: No such file or directory");
}

}  // namespace cu::node
