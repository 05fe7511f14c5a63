// as: tests/unit/log/string_utils_test.cc BAD
// TO^^DO: say it better  BAD
class LogManager {};  // BAD
namespace detail {}   // BAD
class Implementation {};
const char* path = "/wo^^rk/somewhere";  // BAD
const char* fine = "/var/lib/psync-relay/wo^^rk/log";
void wait() { std::this_thread::sleep_for(1s); }  // BAD
void run() { int n = atoi("1"); }  // BAD
const char* said = "nothing ever sleeps: sleep_for(1s)";
