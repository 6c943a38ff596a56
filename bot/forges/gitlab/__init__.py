"""What knows GitLab's words, routes and errors. So far: how people sign in."""
