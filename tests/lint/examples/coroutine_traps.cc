// as: proxy/upstream/example.cc
namespace relay {

struct Introduction {
  std::string user, password;
};

asio::awaitable<void> greet(Peer& master, Introduction me);

asio::awaitable<void> conversation(Peer& master, std::string user) {
  co_await greet(master, Introduction{user, "x"});  // BAD
  co_await greet(master, {user, "x"});              // BAD
  co_await greet(master, plain(Introduction{user, "x"}));  // BAD
  const int n = co_await sum(std::array<int, 2>{1, 2});    // BAD
  if (co_await holds(Introduction{user, ""})) {            // BAD
    co_return;
  }
  co_await within(5s, [user] { return user; });            // BAD
  co_await within(5s, [me = std::move(user), &n]() mutable { return me; });  // BAD
  co_await within(5s, [=] { return user; });               // BAD
  co_await within(
      5s, Introduction{user, ""});                         // BAD
  for (int i = 0; i < 3; ++i) co_await greet(master, Introduction{user, ""});  // BAD

  const Introduction me{user, "x"};
  co_await greet(master, me);
  const Answer answer{co_await ask(master)};
  auto task = greet(master, Introduction{user, "x"});
  co_await std::move(task);
  co_await greet(master, make_introduction(user));
  co_await master.send(std::string_view{"PING"});
  co_await within(std::chrono::seconds{5}, [&user, this] { return user; });
  co_await offload(disk, [&] {
    const Introduction inside{user, "{"};
    return Introduction{user, "x"};
  });
  // lint-ok(coroutine_traps): Digest has a constructor
  co_await master.send(Digest{user});
  while (!done_) {
    std::vector<int> list{1, 2, 3};
    co_await notifier_.wait();
  }
  if (user == "{[(") co_await timer.async_wait(asio::use_awaitable);
  else if (user.empty()) {
    co_return;
  }
  co_return Introduction{user, "x"};
}

asio::awaitable<void> borrowing(const std::string& name);       // BAD
asio::awaitable<void> viewing(std::string_view name, int n);    // BAD
asio::awaitable<int> owning(std::string name);
asio::awaitable<void> awaited(const std::string& name);

void Link::start() {
  children_.spawn(borrowing(name_));
  asio::co_spawn(executor_, viewing(name_, 3), asio::detached);  // BAD
  children_.spawn(owning(name_));
  children_.spawn([this]() -> asio::awaitable<void> { co_await awaited(name_); }());  // BAD
  asio::co_spawn(executor_, [this]() -> asio::awaitable<void> { co_await awaited(name_); }, handler);
  children_.spawn([]() -> asio::awaitable<void> { co_return; }());
  auto plain = [this] { return name_; }();
}

asio::awaitable<void> on_the_spot(int n) {
  co_await [&]() -> asio::awaitable<void> { co_await sleep(n); }();
}

}  // namespace relay
