// Names that .clang-tidy must not let pass, in the order in which CMakeLists.txt expects them.
class bad_type {
 public:
  int BadFunction(int BadParameter) { return BadParameter + member; }

 private:
  int member = 0;
};

enum class Colour { red };
