"""The frame of every page: layout, navigation, forms, tables, errors, headers. Programmes use it by template names."""
