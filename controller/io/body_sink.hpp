#pragma once
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <cpprest/astreambuf.h>

namespace cu::io {

/// A response stream for cpprest that only takes: every part of a body goes to a function. Only for
/// http_transport.cpp.
class BodySink final : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  /// The part stays valid until the task is done; cpprest reads no further until then. A failed
  /// task fails the request. Never throws: that would end the process.
  using Take = std::function<pplx::task<void>(std::string_view part)>;

  explicit BodySink(Take take)
      : streambuf_state_manager(std::ios_base::out), take_(std::move(take)) {}

  // The inherited ones wait for a continuation: on a pool of one thread, for ever.
  pplx::task<void> close(std::ios_base::openmode) override {
    m_stream_can_write = false;
    return pplx::task_from_result();
  }
  pplx::task<void> close(std::ios_base::openmode mode, std::exception_ptr error) override {
    m_currentException = std::move(error);
    return close(mode);
  }

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return kNowhere; }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return kNowhere; }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return kNowhere;
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* data, std::size_t size) override {
    const pplx::task<void> taken = take_({reinterpret_cast<const char*>(data), size});
    return taken.then([size] { return size; });
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    const auto kept = std::make_shared<std::uint8_t>(byte);
    return _putn(kept.get(), 1).then([kept](std::size_t) { return int_type{*kept}; });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

  pplx::task<int_type> _bumpc() override { return Nothing(); }
  pplx::task<int_type> _getc() override { return Nothing(); }
  pplx::task<int_type> _nextc() override { return Nothing(); }
  pplx::task<int_type> _ungetc() override { return Nothing(); }
  int_type _sbumpc() override { return traits::eof(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

 private:
  static constexpr off_type kNowhere = -1;
  static pplx::task<int_type> Nothing() { return pplx::task_from_result<int_type>(traits::eof()); }

  Take take_;
};

}  // namespace cu::io
