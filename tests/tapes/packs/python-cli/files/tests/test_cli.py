NAME = "{{ name }}"
