#include "cloche/http/response.h"

#include <string>
#include <utility>

namespace cloche {

Response TextResponse(int status_code, std::string body) {
  Response response;
  response.status_code = status_code;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace cloche
