// What HTTP's messages cost: reading heads, writing them; and what the clever
// ways in them gain over the plain ones.
//
//   ./cloche bench http_messages
//
// Next: src/http/request_parser.h, src/http/response_writer.h.

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/characters.h"
#include "cloche/http/http_date.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/response.h"
#include "cloche/http/response_writer.h"

namespace cloche {
namespace {

constexpr absl::string_view kSmall =
    "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

constexpr absl::string_view kOfABrowser =
    "GET /articles/2026/11/a-page?from=start&sort=new HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 "
    "Firefox/132.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    "\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: http://www.example.org/articles/\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Priority: u=0, i\r\n"
    "\r\n";

// --- Heads ------------------------------------------------------------------

void ParseHead(benchmark::State& state, absl::string_view text) {
  RequestParser parser({});
  for (auto unused : state) {
    parser.Reset();
    if (parser.Parse(text) != ParseState::kComplete) {
      state.SkipWithError("the request was refused");
    }
    benchmark::DoNotOptimize(parser.request());
  }
}

void BM_ParseSmallRequest(benchmark::State& state) { ParseHead(state, kSmall); }
BENCHMARK(BM_ParseSmallRequest);

void BM_ParseRequestOfABrowser(benchmark::State& state) {
  ParseHead(state, kOfABrowser);
}
BENCHMARK(BM_ParseRequestOfABrowser);

void BM_WriteSmallResponse(benchmark::State& state) {
  HttpDateCache date;
  ByteBuffer out;
  const absl::Time now = absl::Now();
  for (auto unused : state) {
    const Response response = TextResponse(200, "Hello, world!");
    ResponseContext context;
    context.date = date.Text(now);
    if (!CheckResponse(response).ok()) state.SkipWithError("refused");
    AppendResponseHead(response, context, out);
    out.Append(SentBody(response, context));
    benchmark::DoNotOptimize(out.data());
    out.Clear();
  }
}
BENCHMARK(BM_WriteSmallResponse);

// --- Clever and plain -------------------------------------------------------

constexpr absl::string_view kName = "Upgrade-Insecure-Requests";

// Per name of a header field.
void BM_CharacterTable(benchmark::State& state) {
  const auto count = [](auto is_in_class) {
    absl::string_view name = kName;
    benchmark::DoNotOptimize(name);  // It is not known at compile time.
    benchmark::DoNotOptimize(CountWhile(name, is_in_class));
  };
  RunPaired(
      state, [&] { count(IsTokenCharacter); },
      [&] { count(character_rules::IsToken); });
}
BENCHMARK(BM_CharacterTable);

// Short, as most values are, and as long as what browsers call themselves.
constexpr absl::string_view kValues[] = {
    "127.0.0.1:8080",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"};

// Per value of a header field.
void BM_FieldCharactersByEight(benchmark::State& state) {
  absl::string_view value = kValues[state.range(0)];
  RunPaired(
      state,
      [&] {
        benchmark::DoNotOptimize(value);
        benchmark::DoNotOptimize(CountFieldCharacters(value));
      },
      [&] {
        benchmark::DoNotOptimize(value);
        benchmark::DoNotOptimize(CountWhile(value, IsFieldCharacter));
      });
}
BENCHMARK(BM_FieldCharactersByEight)->Arg(0)->Arg(1);

// Per answer, many of which have the same date.
void BM_HttpDateCache(benchmark::State& state) {
  HttpDateCache cache;
  absl::Time now = absl::Now();
  RunPaired(
      state,
      [&] {
        benchmark::DoNotOptimize(now);
        benchmark::DoNotOptimize(cache.Text(now));
      },
      [&] {
        benchmark::DoNotOptimize(now);
        benchmark::DoNotOptimize(HttpDate(now));
      });
}
BENCHMARK(BM_HttpDateCache);

}  // namespace
}  // namespace cloche
