// The program behind `./cloche fetch`: asks a web server and prints the answer.
//
//   ./cloche fetch http://127.0.0.1:8080/hello
//   ./cloche fetch http://127.0.0.1:8080/echo --data_file=- < file
//
// Exit code: 0 for an answer below 400 (redirects are shown, not followed), 22
// for an error of HTTP (as curl --fail has it; its body is printed all the
// same), 1 if there was no answer, or only a part of one, 2 for flags or a URL
// that make no sense.
//
// Next: fetch/fetch.h.

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/fetch/fetch.h"
#include "cloche/fetch/upload.h"
#include "cloche/http/characters.h"
#include "cloche/http/url.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/tasks/run.h"

ABSL_FLAG(std::string, method, "",
          "the method; without it GET, or POST if there is data");
ABSL_FLAG(std::string, data, "", "the body to send");
ABSL_FLAG(std::string, data_file, "",
          "a file to send as the body; - is standard input");
ABSL_FLAG(std::string, header, "",
          "a header to send, as in --header='Accept: text/html'; may be given "
          "several times");
ABSL_FLAG(bool, include, false, "print status line and headers, too");
ABSL_FLAG(std::string, backend, "", cloche::HelpOnBackends());
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(30),
          "the longest wait for the server at a time");

namespace cloche {
namespace {

constexpr int kNoAnswer = 1;
constexpr int kMisuse = 2;
constexpr int kHttpError = 22;

absl::Status Print(absl::string_view text) {
  const size_t printed = std::fwrite(text.data(), 1, text.size(), stdout);
  if (printed == text.size() && std::fflush(stdout) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "write to standard output");
}

int ExitWith(int exit_code, const absl::Status& status) {
  std::fprintf(stderr, "cloche fetch: %s\n",
               std::string(status.message()).c_str());
  return exit_code;
}

// Takes each --header out of the arguments: a flag of Abseil keeps only the
// last one.
std::vector<std::string> TakeHeaders(std::vector<char*>& arguments) {
  std::vector<std::string> headers;
  std::vector<char*> others;
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    const bool is_flag = absl::ConsumePrefix(&argument, "--header");
    if (is_flag && absl::ConsumePrefix(&argument, "=")) {
      headers.emplace_back(argument);
    } else if (is_flag && argument.empty() && i + 1 < arguments.size()) {
      headers.emplace_back(arguments[++i]);
    } else {
      others.push_back(arguments[i]);
    }
  }
  arguments = std::move(others);
  return headers;
}

absl::Status AddHeaders(const std::vector<std::string>& headers,
                        ClientRequest& request) {
  for (const std::string& header : headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--header '", header, "' has no colon; write it like 'Name: value'"));
    }
    request.headers.emplace_back(
        header.substr(0, colon),
        TrimWhitespace(absl::string_view(header).substr(colon + 1)));
  }
  return absl::OkStatus();
}

absl::Status AddBody(ClientRequest& request) {
  request.body = absl::GetFlag(FLAGS_data);
  const std::string file = absl::GetFlag(FLAGS_data_file);
  if (!request.body.empty() && !file.empty()) {
    return absl::InvalidArgumentError(
        "--data and --data_file exclude each other");
  }
  request.method = absl::GetFlag(FLAGS_method);
  if (request.method.empty()) {
    request.method = request.body.empty() && file.empty() ? "GET" : "POST";
  }
  return file.empty() ? absl::OkStatus() : UploadFile(file, request);
}

absl::StatusOr<FetchOptions> OptionsOf(
    const std::vector<char*>& arguments,
    const std::vector<std::string>& headers) {
  if (arguments.size() != 2) {
    return absl::InvalidArgumentError(
        "it takes one URL, as in http://127.0.0.1:8080/; see --help");
  }
  absl::StatusOr<Url> url = ParseUrl(arguments[1]);
  if (!url.ok()) return url.status();
  FetchOptions options;
  options.url = *std::move(url);
  absl::Status added = AddHeaders(headers, options.request);
  if (added.ok()) added = AddBody(options.request);
  if (added.ok()) added = CheckClientRequest(options.request);
  if (!added.ok()) return added;
  options.include = absl::GetFlag(FLAGS_include);
  options.timeout = absl::GetFlag(FLAGS_timeout);
  options.print = Print;
  return options;
}

int Main(const std::vector<char*>& arguments,
         const std::vector<std::string>& headers) {
  absl::StatusOr<FetchOptions> options = OptionsOf(arguments, headers);
  if (!options.ok()) return ExitWith(kMisuse, options.status());
  const auto system = SystemEnvironment::Create(absl::GetFlag(FLAGS_backend));
  if (!system.ok()) return ExitWith(kMisuse, system.status());
  Loop loop((*system)->MakeEnvironment());
  const absl::StatusOr<int> status_code = Run(loop, Fetch(*std::move(options)));
  if (!status_code.ok()) return ExitWith(kNoAnswer, status_code.status());
  return *status_code < 400 ? 0 : kHttpError;
}

}  // namespace
}  // namespace cloche

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Asks a web server: fetch URL [--method=M] [--data=TEXT | "
      "--data_file=FILE] [--header='N: v'] ... [--include] [--timeout=30s]; "
      "--help says more.");
  std::vector<char*> arguments(argv, argv + argc);
  const std::vector<std::string> headers = cloche::TakeHeaders(arguments);
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  return cloche::Main(absl::ParseCommandLine(count, arguments.data()), headers);
}
