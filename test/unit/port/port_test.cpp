#include "port/port.hpp"

#include <catch2/catch.hpp>

namespace cu::port {
namespace {

TEST_CASE("each request is made with its method, and with the token at hand", "[port]") {
  const auto [request, method, sent_as] = GENERATE(table<Request, Method, const char*>({
      {Request::Post("/t", "b"), Method::kPost, "POST"},
      {Request::Put("/t", "b"), Method::kPut, "PUT"},
      {Request::Delete("/t", "b"), Method::kDelete, "DELETE"},
      {Request::MergePatch("/t", "b"), Method::kMergePatch, "PATCH"},
      {Request::JsonPatch("/t", "b"), Method::kJsonPatch, "PATCH"},
      {Request::Apply("/t", "b"), Method::kApply, "PATCH"},
  }));
  CHECK(request.method == method);
  CHECK(std::string(HttpMethod(request.method)) == sent_as);
  CHECK(request.target == "/t");
  CHECK(request.body == "b");
  CHECK_FALSE(request.fresh_token);
}

TEST_CASE("a GET has no body", "[port]") {
  const Request request = Request::Get("/t?a=b");
  CHECK(request.method == Method::kGet);
  CHECK(std::string(HttpMethod(request.method)) == "GET");
  CHECK(request.target == "/t?a=b");
  CHECK(request.body.empty());
  CHECK_FALSE(request.fresh_token);
}

}  // namespace
}  // namespace cu::port
