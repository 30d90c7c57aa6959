"""NetworkSpec -> generated C++ for a whole run and its gradients."""
